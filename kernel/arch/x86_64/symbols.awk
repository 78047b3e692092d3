# From `nm -n` of the image to the table that symbols.c reads. Needs no 64-bit numbers: all
# addresses share their upper half.

function hex(s,    i, v)
{
	for (i = 1; i <= length(s); i++)
		v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return v
}

function shared(a, b,    n)
{
	while (n < 60 && n < length(a) && substr(a, n + 1, 1) == substr(b, n + 1, 1))
		n++
	return n + 0
}

BEGIN { print "\t.section .symbols, \"a\"" }

$3 == "__image_start" { last = hex(substr($1, 9)) }

$2 ~ /^[tT]$/ && $3 !~ /^(__image_start|__text_end|\.L)/ {
	addr = hex(substr($1, 9))
	if (addr == before)
		next
	name = substr($3, 1, 63)
	keep = shared(name, previous)
	printf "\t.uleb128 %d\n\t.byte %d\n", addr - last, keep
	printf "\t.asciz \"%s\"\n", substr(name, keep + 1)
	last = before = addr
	previous = name
}

END { print "\t.section .note.GNU-stack, \"\", @progbits" }
