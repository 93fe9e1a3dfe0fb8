/* SPDX-License-Identifier: BSD-2-Clause */
/* What a function writes to a standard stream. */
#ifndef HAIRPIN_CAPTURE_H
#define HAIRPIN_CAPTURE_H

#include <stdio.h>

struct capture {
	FILE *stream;
	int saved, file;
	char text[8192];
};

void capture_start(struct capture *c, FILE *stream);
/* The text, valid until the next start. */
const char *capture_end(struct capture *c);

#endif
