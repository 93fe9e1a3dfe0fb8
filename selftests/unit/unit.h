/* SPDX-License-Identifier: BSD-2-Clause */
/* What every unit test includes. */
#ifndef HAIRPIN_UNIT_H
#define HAIRPIN_UNIT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* For table-driven tests: which row it was that failed. */
#define assert_row(row, condition) \
	do { \
		if (!(condition)) \
			fail_msg("%s:%d: row '%s': %s", __FILE__, __LINE__, (row), #condition); \
	} while (0)

#endif
