/* SPDX-License-Identifier: BSD-2-Clause */
/* One line to stderr per message; with a <priority> in front under systemd. */
#ifndef HAIRPIN_LOG_H
#define HAIRPIN_LOG_H

/* The priorities of syslog(3). */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

#define LOG_LEVELS "error, warning, info, debug"

/* 0, or -EINVAL: not one of LOG_LEVELS. */
int log_set_level(const char *name);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
