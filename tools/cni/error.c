// SPDX-License-Identifier: BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

int cni_fail(struct cni_error *e, int code, const char *format, ...)
{
	va_list args;

	*e = (struct cni_error){ .code = code };
	va_start(args, format);
	vsnprintf(e->msg, sizeof(e->msg), format, args);
	va_end(args);
	return code;
}

void cni_add_details(struct cni_error *e, const char *format, ...)
{
	size_t used = strlen(e->details);
	va_list args;

	if (used && used + 2 < sizeof(e->details)) {
		memcpy(e->details + used, "; ", 3);
		used += 2;
	}
	va_start(args, format);
	vsnprintf(e->details + used, sizeof(e->details) - used, format, args);
	va_end(args);
}

/* JSON is UTF-8: what came from elsewhere and is not, is left out rather than the whole message. */
static json_t *text(const char *s)
{
	json_t *value = json_string(s);

	return value ? value : json_string("(not in UTF-8)");
}

json_t *cni_error_json(const struct cni_error *e, const char *version)
{
	json_t *error = json_pack("{s:s, s:i, s:o}", "cniVersion", version, "code", e->code, "msg",
				  text(e->msg));

	if (error && e->details[0])
		json_object_set_new(error, "details", text(e->details));
	return error;
}
