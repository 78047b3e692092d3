/* A directory without an index as a page of links. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "httpd.h"

struct page {
	char *text;
	size_t len, size;
};

/* Appends @s with what HTML and addresses would misread written otherwise. */
static void add_escaped(struct page *p, const char *s, bool address)
{
	for (; *s && p->len + 8 < p->size; s++) {
		unsigned char c = (unsigned char)*s;
		bool odd = address ? c <= ' ' || c >= 0x7f || strchr("\"#%<>?&'", c) :
				     strchr("<>&\"", c) != NULL;

		if (odd)
			p->len += (size_t)snprintf(p->text + p->len, 8,
						   address ? "%%%02X" : "&#%d;", c);
		else
			p->text[p->len++] = (char)c;
	}
}

static void add(struct page *p, const char *s)
{
	size_t n = strlen(s);

	if (p->len + n + 1 >= p->size)
		return;
	memcpy(p->text + p->len, s, n);
	p->len += n;
}

static void add_entry(struct page *p, const char *dir, const char *name)
{
	char path[HTTPD_MAX_TARGET];
	struct stat st;
	bool is_dir;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	add(p, "<li><a href=\"");
	add_escaped(p, name, true);
	add(p, is_dir ? "/\">" : "\">");
	add_escaped(p, name, false);
	add(p, is_dir ? "/</a>\n" : "</a>\n");
}

char *httpd_listing_make(const char *dir, const char *path, size_t *len)
{
	struct page p = { .text = malloc(HTTPD_MAX_MADE / 8), .size = HTTPD_MAX_MADE / 8 };
	DIR *d = p.text ? opendir(dir) : NULL;
	struct dirent *e;

	if (!d) {
		free(p.text);
		return NULL;
	}
	add(&p, "<!doctype html>\n<title>");
	add_escaped(&p, path, false);
	add(&p, "</title>\n<h1>");
	add_escaped(&p, path, false);
	add(&p, "</h1>\n<ul>\n");
	if (strcmp(path, "/"))
		add(&p, "<li><a href=\"../\">../</a>\n");
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			add_entry(&p, dir, e->d_name);
	add(&p, "</ul>\n");
	closedir(d);
	*len = p.len;
	return p.text;
}
