/* Answers as programs see them: records with names as text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libc/netdb/dns_answer.h"

static char *text_of(const struct dns_name *name)
{
	char text[DNS_TEXT_NAME];

	dns_name_text(name, text);
	return strdup(text);
}

/* The character-strings of a TXT record, joined. dns_parse has checked them. */
static bool copy_txt(struct dns_record *r, const struct dns_rr *rr)
{
	const uint8_t *p = rr->data, *end = p + rr->len;
	char *out = malloc(rr->len + 1);

	r->txt.data = out;
	if (!out)
		return false;
	for (; p < end; p += 1 + *p) {
		memcpy(out, p + 1, *p);
		out += *p;
	}
	*out = '\0';
	r->txt.len = (uint16_t)(out - r->txt.data);
	return true;
}

static bool copy_soa(struct dns_record *r, const struct dns_rr *rr)
{
	r->soa.serial = rr->soa[0];
	r->soa.refresh = rr->soa[1];
	r->soa.retry = rr->soa[2];
	r->soa.expire = rr->soa[3];
	r->soa.minimum = rr->soa[4];
	r->soa.mname = text_of(&rr->name);
	r->soa.rname = text_of(&rr->rname);
	return r->soa.mname && r->soa.rname;
}

static bool copy_srv(struct dns_record *r, const struct dns_rr *rr)
{
	r->srv.priority = rr->number[0];
	r->srv.weight = rr->number[1];
	r->srv.port = rr->number[2];
	r->srv.target = text_of(&rr->name);
	return r->srv.target;
}

static bool copy_data(struct dns_record *r, const struct dns_rr *rr)
{
	switch (rr->type) {
	case DNS_A:
		memcpy(&r->a, rr->data, sizeof(r->a));
		return true;
	case DNS_AAAA:
		memcpy(&r->aaaa, rr->data, sizeof(r->aaaa));
		return true;
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		r->name = text_of(&rr->name);
		return r->name;
	case DNS_MX:
		r->mx.preference = rr->number[0];
		r->mx.exchange = text_of(&rr->name);
		return r->mx.exchange;
	case DNS_SRV:
		return copy_srv(r, rr);
	case DNS_SOA:
		return copy_soa(r, rr);
	case DNS_TXT:
		return copy_txt(r, rr);
	}
	return true;
}

static void free_record(struct dns_record *r)
{
	switch (r->type) {
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		free(r->name);
		break;
	case DNS_MX:
		free(r->mx.exchange);
		break;
	case DNS_SRV:
		free(r->srv.target);
		break;
	case DNS_SOA:
		free(r->soa.mname);
		free(r->soa.rname);
		break;
	case DNS_TXT:
		free(r->txt.data);
		break;
	}
	free(r->owner);
	free(r);
}

static struct dns_record *copy_record(const struct dns_rr *rr)
{
	struct dns_record *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->owner = text_of(&rr->owner);
	r->section = rr->section;
	r->type = rr->type;
	r->class = rr->class;
	r->ttl = rr->ttl;
	if (r->owner && copy_data(r, rr))
		return r;
	free_record(r);
	return NULL;
}

int dns_answer_add(struct dns_answer *answer, const struct dns_view *view)
{
	struct dns_record **end = &answer->records, *r;
	struct dns_view v = *view;
	struct dns_rr rr;
	int more;

	while (*end)
		end = &(*end)->next;
	while ((more = dns_next(&v, &rr)) > 0) {
		if (rr.class != DNS_CLASS_IN)
			continue;
		r = copy_record(&rr);
		if (!r) {
			errno = ENOMEM;
			return -1;
		}
		*end = r;
		end = &r->next;
	}
	if (more < 0 && !view->truncated) {
		errno = EBADMSG;
		return -1;
	}
	answer->rcode = view->rcode;
	answer->authoritative = view->authoritative;
	answer->truncated = view->truncated;
	answer->recursion_available = view->recursion_available;
	return 0;
}

void dns_answer_free(struct dns_answer *answer)
{
	struct dns_record *r, *next;

	for (r = answer->records; r; r = next) {
		next = r->next;
		free_record(r);
	}
	free(answer->canonical);
	memset(answer, 0, sizeof(*answer));
}
