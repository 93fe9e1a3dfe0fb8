// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"

void capture_start(struct capture *c, FILE *stream)
{
	fflush(stream);
	c->stream = stream;
	c->saved = dup(fileno(stream));
	c->file = memfd_create("capture", MFD_CLOEXEC);
	assert_true(c->saved >= 0 && c->file >= 0);
	assert_int_equal(dup2(c->file, fileno(stream)), fileno(stream));
}

const char *capture_end(struct capture *c)
{
	ssize_t n;

	fflush(c->stream);
	dup2(c->saved, fileno(c->stream));
	n = pread(c->file, c->text, sizeof(c->text) - 1, 0);
	close(c->saved);
	close(c->file);
	assert_true(n >= 0);
	c->text[n] = '\0';
	return c->text;
}
