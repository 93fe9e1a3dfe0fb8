/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests are cells of tables, so they are made at run time: each gets a name
 * of its own, and a pointer to its cell as *state.
 */
#ifndef SELFTESTS_PROG_SUITE_H
#define SELFTESTS_PROG_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A setup: a probe at the uplink's tc ingress, for runs by BPF_PROG_RUN. */
int with_probe(void **state);

/* Whatever the test attached to the uplink is taken off behind it. */
void suite_add(CMFixtureFunction setup, CMUnitTestFunction test, const void *cell,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

void unicast_tests(void);
void group_tests(void);
void steer_tests(void);
void length_tests(void);
void ingress_tests(void);
void known_tests(void);
void xdp_tests(void);
void storm_tests(void);
void ipvlan_tests(void);
void device_tests(void);
void access_tests(void);
void port_tests(void);
void port_run_tests(void);

#endif
