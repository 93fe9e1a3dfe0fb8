// SPDX-License-Identifier: BSD-2-Clause
/* hairpin.conf: what it means, and what is said about one that is wrong. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

static char dir[] = "/tmp/hairpin-test.XXXXXX";
static char path[64];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/hairpin.conf", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void write_file(const void *bytes, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static int read_text(const char *text, struct config *config, char error[512])
{
	write_file(text, strlen(text));
	memset(error, '#', 512);
	return config_read(path, false, config, error, 512);
}

/* A configuration that is not the default in any point. */
static struct config some_config(void)
{
	struct config config = config_default();
	char error[512];

	assert_int_equal(
		read_text("announce = false\nuplink \"eth7\" { reflect = true }\n", &config, error),
		0);
	return config;
}

static void assert_some_config(const struct config *config)
{
	assert_false(config->announce);
	assert_int_equal(config->count, 1);
	assert_string_equal(config->uplinks[0].name, "eth7");
	assert_true(config->uplinks[0].reflect);
}

static void everything(void **state)
{
	struct config config = config_default();
	struct config_uplink u;
	char error[512];

	(void)state;
	assert_int_equal(read_text("# as in the manual\n"
				   "announce = false\n"
				   "metrics = \"[::1]:9469\"\n"
				   "uplink \"eth0\" {\n"
				   "    serve = false   # not this one\n"
				   "    reflect = true\n"
				   "    attach = clsact\n"
				   "    xdp = native\n"
				   "    steer = false\n"
				   "    foreign = off\n"
				   "    storm = 100000\n"
				   "    gso-max-size = 196608\n"
				   "}\n"
				   "uplink bond0.50 { attach = tcx }\n"
				   "uplink 'br0' {}\n",
				   &config, error),
			 0);
	assert_false(config.announce);
	assert_string_equal(config.metrics, "[::1]:9469");
	assert_int_equal(config.count, 3);
	u = config_uplink(&config, "eth0");
	assert_false(u.serve);
	assert_true(u.reflect);
	assert_int_equal(u.attach, HP_HOOK_CLSACT);
	assert_int_equal(u.xdp, HP_XDP_WANT_NATIVE);
	assert_false(u.steer);
	assert_int_equal(u.foreign, FOREIGN_OFF);
	assert_int_equal(u.storm, 100000);
	assert_int_equal(u.gso, 196608);
	u = config_uplink(&config, "bond0.50");
	assert_string_equal(u.name, "bond0.50");
	assert_true(u.serve);
	assert_false(u.reflect);
	assert_int_equal(u.attach, HP_HOOK_TCX);
	assert_int_equal(u.xdp, HP_XDP_WANT_AUTO); /* of the other there is nothing in it */
	assert_true(u.steer);
	assert_int_equal(u.foreign, FOREIGN_AUTO);
	assert_int_equal(u.storm, 0);
	assert_int_equal(u.gso, 0);
	u = config_uplink(&config, "br0");
	assert_int_equal(u.attach, HP_HOOK_NONE);
	config_free(&config);
}

static void defaults(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# nothing\n", "# no newline",
					     "uplink eth0 { attach = auto }" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct config config = some_config();
		struct config_uplink u;
		char error[512];

		assert_row(texts[i], read_text(texts[i], &config, error) == 0);
		assert_row(texts[i], config.announce);
		u = config_uplink(&config, "eth0");
		assert_row(texts[i], u.serve && !u.reflect && u.attach == HP_HOOK_NONE);
		assert_row(texts[i], u.steer && !u.storm && u.xdp == HP_XDP_WANT_AUTO);
		assert_row(texts[i], u.foreign == FOREIGN_AUTO && !u.gso);
		assert_string_equal(u.name, "eth0");
		config_free(&config);
	}
}

static void words_and_numbers_of_an_uplink(void **state)
{
	static const struct {
		const char *text;
		struct config_uplink u;
	} rows[] = {
		{ "xdp = auto", { .xdp = HP_XDP_WANT_AUTO } },
		{ "xdp = native", { .xdp = HP_XDP_WANT_NATIVE } },
		{ "xdp = generic", { .xdp = HP_XDP_WANT_GENERIC } },
		{ "xdp = \"off\"", { .xdp = HP_XDP_WANT_OFF } },
		{ "foreign = auto", { .foreign = FOREIGN_AUTO } },
		{ "foreign = on", { .foreign = FOREIGN_ON } },
		{ "foreign = off", { .foreign = FOREIGN_OFF } },
		{ "storm = 0", { .storm = 0 } },
		{ "storm = 8", { .storm = 8 } },
		{ "storm = 0009", { .storm = 9 } },
		{ "storm = 100000000", { .storm = 100000000 } },
		{ "steer = true", {} },
		{ "gso-max-size = 0", { .gso = 0 } },
		{ "gso-max-size = 65537", { .gso = 65537 } },
		{ "gso-max-size = \"524280\"", { .gso = 524280 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = config_default();
		char text[128], error[512];
		struct config_uplink u;

		snprintf(text, sizeof(text), "uplink eth0 {\n%s\n}\n", rows[i].text);
		assert_row(rows[i].text, read_text(text, &config, error) == 0);
		u = config_uplink(&config, "eth0");
		assert_row(rows[i].text, u.xdp == rows[i].u.xdp && u.storm == rows[i].u.storm);
		assert_row(rows[i].text,
			   u.foreign == rows[i].u.foreign && u.steer && u.gso == rows[i].u.gso);
		config_free(&config);
	}
}

static void assert_one_line(const char *error)
{
	assert_true(strlen(error) < 512);
	assert_null(strpbrk(error, "\n\r"));
	assert_memory_equal(error, path, strlen(path));
}

/* Rows are a text and what is said behind "PATH:". */
#define TWICE(word) "'" word "' is given twice: leave one of them out"
#define NO_DEVICE(name) \
	"'" name "' is no device name: 1 to 15 characters, without '/', ':' and blanks"
#define NO_BOOL(name, word) "'" name "' is no value for '" word "': it takes true or false"
#define NO_XDP(name) "'" name "' is no value for 'xdp': it takes auto, native, generic or off"
#define NO_FOREIGN(name) "'" name "' is no value for 'foreign': it takes auto, on or off"
#define NO_STORM(name) \
	"'" name \
	"' is no value for 'storm': it takes frames a second, 8 to 100000000, or 0 for no " \
	"limit"
#define NO_GSO(name) \
	"'" name \
	"' is no value for 'gso-max-size': it takes bytes, 65537 to 524280, or 0 for what the " \
	"devices have"
#define ALLOWED_TOP "allowed here are announce, metrics, uplink, endpoint"
#define ALLOWED_UPLINK \
	"allowed here are serve, reflect, attach, xdp, steer, foreign, storm, " \
	"gso-max-size"
#define ALLOWED_ENDPOINT \
	"allowed here are parent, mode, mac, netns, address, gateway, mtu, ifname, bcqueuelen, " \
	"kind, vlan"

#define NO_METRICS(value) \
	"'" value \
	"' is no value for 'metrics': it takes an address with a port, as 127.0.0.1:9469 or " \
	"[::1]:9469, or off"

static void errors(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} rows[] = {
		{ "announce = true\nfoo = 1\n", "2: unknown word 'foo': " ALLOWED_TOP },
		{ "Announce = true\n", "1: unknown word 'Announce': " ALLOWED_TOP },
		{ "include(\"x\")\n", "1: unknown word 'include': " ALLOWED_TOP },
		{ "serve = true\n", "1: unknown word 'serve': " ALLOWED_TOP },
		{ "%s%n = 1\n", "1: unknown word '%s%n': " ALLOWED_TOP },
		{ "uplink eth0 {\n\tserve = true\n\tspeed = 3\n}\n",
		  "3: unknown word 'speed': " ALLOWED_UPLINK },
		{ "uplink eth0 {\n announce = true }\n",
		  "2: unknown word 'announce': " ALLOWED_UPLINK },
		{ "\n\nannounce = yes\n", "3: " NO_BOOL("yes", "announce") },
		{ "announce = True\n", "1: " NO_BOOL("True", "announce") },
		{ "announce = true;\n", "1: " NO_BOOL("true;", "announce") },
		{ "announce = \"\"\n", "1: " NO_BOOL("", "announce") },
		{ "announce = %s%n\n", "1: " NO_BOOL("%s%n", "announce") },
		{ "metrics = on\n", "1: " NO_METRICS("on") },
		{ "metrics = \"\"\n", "1: " NO_METRICS("") },
		{ "metrics = \"localhost:9469\"\n", "1: " NO_METRICS("localhost:9469") },
		{ "metrics = 127.0.0.1\n", "1: " NO_METRICS("127.0.0.1") },
		{ "metrics = off\nmetrics = off\n", "2: " TWICE("metrics") },
		{ "uplink eth0 {\nserve = 0\n}\n", "2: " NO_BOOL("0", "serve") },
		{ "uplink eth0 {\nreflect = on\n}\n", "2: " NO_BOOL("on", "reflect") },
		{ "uplink eth0 {\n\n attach = xdp\n}\n",
		  "3: 'xdp' is no value for 'attach': it takes auto, tcx or clsact" },
		{ "uplink eth0 {\nsteer = off\n}\n", "2: " NO_BOOL("off", "steer") },
		{ "uplink eth0 {\nxdp = true\n}\n", "2: " NO_XDP("true") },
		{ "uplink eth0 {\nxdp = Native\n}\n", "2: " NO_XDP("Native") },
		{ "uplink eth0 {\nxdp = \"\"\n}\n", "2: " NO_XDP("") },
		{ "uplink eth0 {\nxdp = %s%n\n}\n", "2: " NO_XDP("%s%n") },
		{ "uplink eth0 {\nforeign = true\n}\n", "2: " NO_FOREIGN("true") },
		{ "uplink eth0 {\nforeign = native\n}\n", "2: " NO_FOREIGN("native") },
		{ "uplink eth0 {\nstorm = 1\n}\n", "2: " NO_STORM("1") },
		{ "uplink eth0 {\nstorm = 7\n}\n", "2: " NO_STORM("7") },
		{ "uplink eth0 {\nstorm = 100000001\n}\n", "2: " NO_STORM("100000001") },
		{ "uplink eth0 {\nstorm = 4294967304\n}\n", "2: " NO_STORM("4294967304") },
		{ "uplink eth0 {\nstorm = 18446744073709551624\n}\n",
		  "2: " NO_STORM("18446744073709551624") },
		{ "uplink eth0 {\nstorm = -8\n}\n", "2: " NO_STORM("-8") },
		{ "uplink eth0 {\nstorm = \"+8\"\n}\n", "2: " NO_STORM("+8") },
		{ "uplink eth0 {\nstorm = \" 8\"\n}\n", "2: " NO_STORM(" 8") },
		{ "uplink eth0 {\nstorm = 0x10\n}\n", "2: " NO_STORM("0x10") },
		{ "uplink eth0 {\nstorm = 10k\n}\n", "2: " NO_STORM("10k") },
		{ "uplink eth0 {\nstorm = off\n}\n", "2: " NO_STORM("off") },
		{ "uplink eth0 {\nstorm = \"\"\n}\n", "2: " NO_STORM("") },
		{ "uplink eth0 {\ngso-max-size = 1\n}\n", "2: " NO_GSO("1") },
		{ "uplink eth0 {\ngso-max-size = 65536\n}\n", "2: " NO_GSO("65536") },
		{ "uplink eth0 {\ngso-max-size = 524281\n}\n", "2: " NO_GSO("524281") },
		{ "uplink eth0 {\ngso-max-size = 4295032833\n}\n", "2: " NO_GSO("4295032833") },
		{ "uplink eth0 {\ngso-max-size = -1\n}\n", "2: " NO_GSO("-1") },
		{ "uplink eth0 {\ngso-max-size = 192k\n}\n", "2: " NO_GSO("192k") },
		{ "uplink eth0 {\ngso-max-size = off\n}\n", "2: " NO_GSO("off") },
		{ "uplink eth0 {\ngso_max_size = 0\n}\n",
		  "2: unknown word 'gso_max_size': " ALLOWED_UPLINK },
		{ "storm = 8\n", "1: unknown word 'storm': " ALLOWED_TOP },
		{ "uplink eth0 {}\nuplink eth1 {}\nuplink \"eth0\" {}\n",
		  "3: found duplicate title 'eth0'" },
		{ "uplink \"\" {}\n", "1: " NO_DEVICE("") },
		{ "uplink abcdefghijklmnop {}\n", "1: " NO_DEVICE("abcdefghijklmnop") },
		{ "uplink a/b {}\n", "1: " NO_DEVICE("a/b") },
		{ "uplink eth0:1 {}\n", "1: " NO_DEVICE("eth0:1") },
		{ "uplink \"a b\" {}\n", "1: " NO_DEVICE("a b") },
		{ "uplink {\n}\n", "1: missing title for section 'uplink'" },
		{ "uplink = eth0\n", "1: missing title for section 'uplink'" },
		{ "uplink eth0 {\n}\n}\n", "3: unexpected closing brace" },
		{ "endpoint b1 {\n parents = eth0\n}\n",
		  "2: unknown word 'parents': " ALLOWED_ENDPOINT },
		{ "endpoint b1 {\n\n}\n",
		  "3: endpoint 'b1': parent is missing: the device to sit on, "
		  "as eth0 or eth0.50" },
		{ "endpoint \"a b\" {}\n",
		  "1: endpoint 'a b': 'a b' is no name for an endpoint: 1 to 31 letters, digits, "
		  "'.', '_' and '-', the first a letter or digit" },
		{ "endpoint b1 {\nmode = foo\nparent = eth0\n}\n",
		  "2: 'foo' is no value for 'mode': it takes bridge, vepa, private or passthru" },
		{ "endpoint b1 {\nparent = eth0\nmtu = 10\n}\n",
		  "3: '10' is no value for 'mtu': a number from 68 to 65535" },
		{ "endpoint b1 {\nparent = eth0\naddress = {\"10.0.0.1/8\",\n\"10.0.0.2\"}\n}\n",
		  "4: '10.0.0.2' is no value for 'address': its length is missing, as in "
		  "10.0.0.2/24" },
		{ "endpoint b1 {\nparent = eth0\naddress = {\"10.0.0.1/8\", \"10.0.0.1/8\"}\n}\n",
		  "4: endpoint 'b1': '10.0.0.1/8' is no value for 'address': it is given twice" },
		{ "endpoint b1 {\nparent = eth0\ngateway = {\"10.0.0.1\"}\n}\n",
		  "4: endpoint 'b1': '10.0.0.1' is no value for 'gateway': it is in no subnet of "
		  "an "
		  "address that is given" },
		{ "endpoint b1 { parent = eth0 }\nendpoint b1 { parent = eth1 }\n",
		  "2: found duplicate title 'b1'" },
		{ "announce = true\nannounce = true\n", "2: " TWICE("announce") },
		{ "uplink eth0 {\nserve = true\nserve = false\n}\n", "3: " TWICE("serve") },
		{ "uplink eth0 { attach = tcx\nattach = clsact }\n", "2: " TWICE("attach") },
		{ "uplink eth0 {\nstorm = 8\nxdp = off\nstorm = 0\n}\n", "4: " TWICE("storm") },
		{ "endpoint b1 {\nparent = eth0\nparent = eth1\n}\n", "3: " TWICE("parent") },
		{ "endpoint b1 {\nvlan = 1\nvlan = 1\n}\n", "3: " TWICE("vlan") },
		{ "endpoint b1 {\nparent = eth0\naddress = {\"10.0.0.1/8\", \"10.0.0.2/8\"}\n"
		  "address = {\"10.0.0.3/8\"}\n}\n",
		  "4: 'address' is given twice: make it one list" },
		{ "announce true\n", "1: missing equal sign after option 'announce'" },
		{ "announce += true\n", "1: attempt to append to non-list option 'announce'" },
		{ "announce = {true}\n", "1: unexpected token '{'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = some_config();
		char error[512], expected[512];

		snprintf(expected, sizeof(expected), "%s:%s", path, rows[i].error);
		assert_row(rows[i].text, read_text(rows[i].text, &config, error) == -EINVAL);
		assert_string_equal(error, expected);
		assert_some_config(&config);
		config_free(&config);
	}
}

static void endpoints(void **state)
{
	struct config config = config_default();
	char error[512], text[SPEC_TEXT];
	const struct spec *e;

	(void)state;
	assert_int_equal(read_text("endpoint \"b1\" {\n"
				   "    parent = \"eth0.50\"\n"
				   "    mode = vepa\n"
				   "    mac = 02:42:c0:a8:0e:0b\n"
				   "    netns = \"b1\"\n"
				   "    address = {\"192.168.50.11/24\"}\n"
				   "    address += {\"fd50::11/64\"}\n"
				   "    gateway = {\"192.168.50.1\"}\n"
				   "    mtu = 1400\n"
				   "    ifname = eth7\n"
				   "    bcqueuelen = 5\n"
				   "    kind = macvlan\n"
				   "}\n"
				   "endpoint web-2 { parent = bond0 }\n",
				   &config, error),
			 0);
	assert_int_equal(config.endpoint_count, 2);
	e = &config.endpoints[0];
	assert_string_equal(e->name, "b1");
	assert_true(e->declared);
	assert_int_equal(e->given, 0x3ff);
	assert_string_equal(e->parent, "eth0.50");
	assert_string_equal(spec_text(text, e, SPEC_MODE), "vepa");
	assert_string_equal(spec_text(text, e, SPEC_MAC), "02:42:c0:a8:0e:0b");
	assert_string_equal(e->netns, "b1");
	assert_string_equal(spec_text(text, e, SPEC_ADDRESS), "192.168.50.11/24,fd50::11/64");
	assert_string_equal(spec_text(text, e, SPEC_GATEWAY), "192.168.50.1");
	assert_int_equal(e->mtu, 1400);
	assert_string_equal(e->ifname, "eth7");
	assert_int_equal(e->bcqueuelen, 5);
	e = &config.endpoints[1];
	assert_string_equal(e->name, "web-2");
	assert_string_equal(e->ifname, "web-2");
	assert_int_equal(e->given, SPEC_PARENT | SPEC_MODE | SPEC_NETNS | SPEC_IFNAME |
					   SPEC_ADDRESS | SPEC_GATEWAY | SPEC_KIND);
	config_free(&config);
	assert_int_equal(config.endpoint_count, 0);
}

/* What does not end is refused: the rest of the file would silently not hold. */
static void what_does_not_end(void **state)
{
	static const char *const texts[] = {
		"uplink eth0 {\n serve = true\n",
		"uplink eth0 {",
		"uplink \"eth0\n",
		"uplink 'eth0",
		"announce = \"true\n",
		"announce =\n",
		"announce =",
		"uplink eth0\n",
		"uplink\n",
		"announce\n",
		"/* a comment\nannounce = false\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct config config = some_config();
		char error[512];

		assert_row(texts[i], read_text(texts[i], &config, error) == -EINVAL);
		assert_one_line(error);
		assert_some_config(&config);
		config_free(&config);
	}
}

static void an_open_section_is_named(void **state)
{
	struct config config = some_config();
	char error[512];

	(void)state;
	assert_int_equal(read_text("uplink eth0 {\n serve = true\n", &config, error), -EINVAL);
	assert_non_null(strstr(error, "a section does not end: '}' is missing"));
	config_free(&config);
}

/* Only of lines and words that are in the file. */
static void errors_do_not_tell_of_what_is_not_there(void **state)
{
	static const struct {
		const char *text;
		int lines;
	} rows[] = {
		{ "announce =", 1 },	  { "announce =\n", 1 },
		{ "uplink\n", 1 },	  { "uplink eth0\n", 1 },
		{ "uplink \"eth0\n", 1 }, { "uplink eth0 {\n serve = true\n", 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = config_default();
		char error[512];
		int line = 0;

		assert_int_equal(read_text(rows[i].text, &config, error), -EINVAL);
		assert_int_equal(sscanf(error + strlen(path), ":%d:", &line), 1);
		print_message("# %s\n", error);
		/* The end of the file may count as the line behind the last. */
		assert_row(rows[i].text, line >= 1 && line <= rows[i].lines + 1);
		assert_row(rows[i].text, !strstr(error, "end-of-file"));
		config_free(&config);
	}
}

static void words_with_line_breaks_make_one_line(void **state)
{
	static const char *const texts[] = {
		"announce = \"a\\nb\"\n",
		"announce = 'a\nb'\n",
		"uplink \"a\\r\\nb\" {}\n",
		"uplink eth0 { attach = \"a\\nb\" }\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct config config = config_default();
		char error[512];

		assert_row(texts[i], read_text(texts[i], &config, error) == -EINVAL);
		assert_row(texts[i], !strpbrk(error, "\n\r"));
		config_free(&config);
	}
}

static void files_with_zero_bytes(void **state)
{
	static const struct {
		const char *row;
		const char *text;
		size_t size;
	} rows[] = {
		{ "nothing but one", "\0", 1 },
		{ "text behind one", "\0announce = false\n", 18 },
		{ "in a section", "uplink eth0 {\n\0", 15 },
		{ "behind a word", "announce = false\0\nfoo = 1\n", 26 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = some_config();
		char error[512];

		write_file(rows[i].text, rows[i].size);
		assert_row(rows[i].row,
			   config_read(path, false, &config, error, sizeof(error)) == -EINVAL);
		assert_one_line(error);
		assert_some_config(&config);
		config_free(&config);
	}
}

/* A file of another kind by mistake: no crash, and never taken for a configuration. */
static void binary_files(void **state)
{
	unsigned int random = 1;

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct config config = some_config();
		unsigned char bytes[300];
		char error[512];

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (random = random * 1103515245 + 12345) / 65536 % 255 + 1;
		bytes[0] = 0x7f; /* not a comment */
		write_file(bytes, sizeof(bytes));
		assert_int_equal(config_read(path, false, &config, error, sizeof(error)), -EINVAL);
		assert_true(strlen(error) < sizeof(error));
		assert_some_config(&config);
		config_free(&config);
	}
}

static void a_word_that_is_longer_than_the_message(void **state)
{
	struct config config = some_config();
	char text[3000], error[100];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_file(text, strlen(text));
	assert_int_equal(config_read(path, false, &config, error, sizeof(error)), -EINVAL);
	assert_int_equal(strlen(error), sizeof(error) - 1);
	config_free(&config);
}

static void files_that_cannot_be_read(void **state)
{
	static const struct {
		const char *file;
		bool optional;
		int err;
		const char *message;
	} rows[] = {
		{ "/nonexistent/hairpin.conf", false, -ENOENT,
		  "/nonexistent/hairpin.conf: No such file or directory" },
		{ "/nonexistent/hairpin.conf", true, 0, NULL },
		{ "/", false, -EISDIR, "/: Is a directory" },
		{ "/", true, -EISDIR, "/: Is a directory" },
		{ "/dev/null/x", true, -ENOTDIR, "/dev/null/x: Not a directory" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = some_config();
		char error[512];

		assert_int_equal(config_read(rows[i].file, rows[i].optional, &config, error, 512),
				 rows[i].err);
		if (rows[i].err) {
			assert_string_equal(error, rows[i].message);
			assert_some_config(&config);
		} else {
			assert_true(config.announce);
			assert_int_equal(config.count, 0);
		}
		config_free(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything),
		cmocka_unit_test(defaults),
		cmocka_unit_test(words_and_numbers_of_an_uplink),
		cmocka_unit_test(errors),
		cmocka_unit_test(endpoints),
		cmocka_unit_test(what_does_not_end),
		cmocka_unit_test(an_open_section_is_named),
		cmocka_unit_test(errors_do_not_tell_of_what_is_not_there),
		cmocka_unit_test(words_with_line_breaks_make_one_line),
		cmocka_unit_test(files_with_zero_bytes),
		cmocka_unit_test(binary_files),
		cmocka_unit_test(a_word_that_is_longer_than_the_message),
		cmocka_unit_test(files_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
