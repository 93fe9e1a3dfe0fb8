// SPDX-License-Identifier: BSD-2-Clause
/* hairpin-cni: configurations, CNI_ARGS and results, as they come and as they go. */
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "../../tools/cni/conf.h"
#include "../../tools/cni/name.h"
#include "../../tools/cni/result.h"

/* ---- versions */

static void versions(void **state)
{
	static const struct {
		const char *text;
		bool known, ip_version, check, gc;
	} rows[] = {
		{ "0.2.0", .known = false },
		{ "0.3.1", .known = true, .ip_version = true },
		{ "0.4.0", .known = true, .ip_version = true, .check = true },
		{ "1.0.0", .known = true, .check = true },
		{ "1.1.0", .known = true, .check = true, .gc = true },
		{ "1.1", .known = false },
		{ "", .known = false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct cni_version *v = cni_version(rows[i].text);

		assert_row(rows[i].text, !v == !rows[i].known);
		if (!v)
			continue;
		assert_row(rows[i].text, v->ip_version == rows[i].ip_version);
		assert_row(rows[i].text, v->check == rows[i].check);
		assert_row(rows[i].text, v->gc == rows[i].gc);
	}
}

/* ---- CNI_ARGS */

static void args(void **state)
{
	static const struct {
		const char *args, *mac;
		int code;
	} rows[] = {
		{ "", "", 0 },
		{ "MAC=02:42:00:00:00:01", "02:42:00:00:00:01", 0 },
		{ "IgnoreUnknown=1;K8S_POD_NAME=web;MAC=02:42:00:00:00:01", "02:42:00:00:00:01",
		  0 },
		{ "K8S_POD_NAME=web;IgnoreUnknown=true", "", 0 },
		{ "K8S_POD_NAME=;IgnoreUnknown=T", "", 0 },
		{ ";;MAC=x;", "x", 0 },
		{ "K8S_POD_NAME=web", "", CNI_ENVIRONMENT },
		{ "K8S_POD_NAME=web;IgnoreUnknown=0", "", CNI_ENVIRONMENT },
		{ "MAC", "", CNI_ENVIRONMENT },
		{ "=x", "", CNI_ENVIRONMENT },
		{ "MAC=a=b", "", CNI_ENVIRONMENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cni_error e;
		char mac[32];

		assert_row(rows[i].args, cni_env_args(rows[i].args, mac, &e) == rows[i].code);
		assert_row(rows[i].args, rows[i].code || !strcmp(mac, rows[i].mac));
	}
}

static void a_long_mac_is_cut(void **state)
{
	struct cni_error e;
	char mac[32];

	(void)state;
	assert_int_equal(cni_env_args("MAC=0123456789012345678901234567890123456789", mac, &e), 0);
	assert_int_equal(strlen(mac), 31);
}

static void ids(void **state)
{
	static const char *const good[] = { "a", "0", "a_b.c-d", "lan" };
	static const char *const bad[] = { "", "-a", ".a", "_a", "a/b", "a b", "\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_row(good[i], cni_env_is_id(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_row(bad[i], !cni_env_is_id(bad[i]));
}

/* ---- names */

static void names(void **state)
{
	char one[SPEC_NAME], other[SPEC_NAME], error[SPEC_ERROR];
	struct spec spec;

	(void)state;
	cni_name(one, "lan", "id", "eth0");
	assert_int_equal(strlen(one), 31);
	assert_int_equal(spec_name(&spec, one, error), 0);
	assert_string_equal(cni_name(other, "lan", "id", "eth0"), one);
	assert_true(cni_name_is_of(one, "lan"));
	assert_false(cni_name_is_of(one, "la"));
	assert_false(cni_name_is_of("cni-", "lan"));
	assert_string_not_equal(cni_name(other, "lan", "id", "eth1"), one);
	assert_true(cni_name_is_of(other, "lan"));
	assert_string_not_equal(cni_name(other, "lan", "ide", "th0"), one);
	assert_string_not_equal(cni_name(other, "wan", "id", "eth0"), one);
	assert_false(cni_name_is_of(other, "lan"));
}

/* ---- configurations */

#define CONF(members) \
	"{\"cniVersion\":\"1.0.0\",\"name\":\"lan\",\"type\":\"hairpin-cni\"," members "}"

static int read_conf(const char *text, struct cni_conf *conf, struct cni_error *e)
{
	return cni_conf_read(conf, text, strlen(text), e);
}

static const struct cni_env env = { .netns = "/run/netns/c1", .ifname = "eth0", .id = "id" };

static int device(const char *text, const struct cni_env *with, struct spec *spec,
		  struct cni_error *e)
{
	struct cni_conf conf;
	int err = read_conf(text, &conf, e);

	*spec = (struct spec){};
	if (!err)
		err = cni_conf_device(&conf, with, spec, e);
	cni_conf_free(&conf);
	return err;
}

static void what_every_command_needs(void **state)
{
	struct cni_conf conf;
	struct cni_error e;

	(void)state;
	assert_int_equal(read_conf(CONF("\"ipam\":{\"type\":\"host-local\"},\"pins\":\"/p\","
					"\"run\":\"/r\",\"linkInContainer\":true,\"dns\":null"),
				   &conf, &e),
			 0);
	assert_string_equal(conf.version->text, "1.0.0");
	assert_string_equal(conf.network, "lan");
	assert_string_equal(conf.ipam, "host-local");
	assert_string_equal(conf.pins, "/p");
	assert_string_equal(conf.run, "/r");
	assert_true(conf.in_container);
	assert_null(conf.dns); /* null is nothing */
	assert_null(conf.prev);
	cni_conf_free(&conf);
	assert_int_equal(read_conf(CONF("\"mode\":5"), &conf, &e), 0); /* DEL goes on */
	assert_string_equal(conf.ipam, "");
	assert_string_equal(conf.pins, "/sys/fs/bpf/hairpin");
	cni_conf_free(&conf);
}

static void devices(void **state)
{
	struct cni_error e;
	struct spec spec;

	(void)state;
	assert_int_equal(device(CONF("\"master\":\"eth0\""), &env, &spec, &e), 0);
	assert_string_equal(spec.parent, "eth0");
	assert_string_equal(spec.ifname, "eth0");
	assert_string_equal(spec.netns, "/run/netns/c1");
	assert_int_equal(spec.mode, MACVLAN_MODE_BRIDGE);
	assert_int_equal(spec.kind, SPEC_MACVLAN);
	assert_int_equal(spec.vlan, 0);
	assert_false(spec.given & (SPEC_MTU | SPEC_MAC | SPEC_BCQUEUELEN));
	assert_int_equal(device(CONF("\"mtu\":1400,\"bcqueuelen\":0,\"mac\":\"\",\"mode\":\"\""),
				&env, &spec, &e),
			 0);
	assert_false(spec.given & (SPEC_PARENT | SPEC_BCQUEUELEN | SPEC_MAC));
	assert_int_equal(spec.mtu, 1400);
}

static void vlans(void **state)
{
	struct cni_error e;
	struct spec spec;

	(void)state;
	assert_int_equal(device(CONF("\"vlan\":50"), &env, &spec, &e), 0);
	assert_int_equal(spec.mode, MACVLAN_MODE_VEPA);
	assert_int_equal(spec.vlan, 50);
	assert_int_equal(device(CONF("\"vlan\":4094,\"kind\":\"xdp\""), &env, &spec, &e), 0);
	assert_int_equal(spec.mode, MACVLAN_MODE_BRIDGE);
	assert_int_equal(spec.vlan, 4094);
	assert_int_equal(device(CONF("\"vlan\":50,\"mode\":\"private\""), &env, &spec, &e),
			 CNI_CONFIG);
	assert_int_equal(device(CONF("\"vlan\":4095"), &env, &spec, &e), CNI_CONFIG);
	assert_int_equal(device(CONF("\"vlan\":0"), &env, &spec, &e), CNI_CONFIG);
}

static void whose_mac(void **state)
{
	static const uint8_t one = 1, two = 2, three = 3;
	struct cni_env with = env;
	struct cni_error e;
	struct spec spec;

	(void)state;
	assert_int_equal(device(CONF("\"mac\":\"02:42:00:00:00:01\""), &env, &spec, &e), 0);
	assert_int_equal(spec.mac[5], one);
	strcpy(with.mac, "02:42:00:00:00:02");
	assert_int_equal(device(CONF("\"mac\":\"02:42:00:00:00:01\""), &with, &spec, &e), 0);
	assert_int_equal(spec.mac[5], two);
	assert_int_equal(device(CONF("\"mac\":\"02:42:00:00:00:01\",\"runtimeConfig\":{\"mac\":"
				     "\"02:42:00:00:00:03\"}"),
				&with, &spec, &e),
			 0);
	assert_int_equal(spec.mac[5], three);
	assert_int_equal(device(CONF("\"runtimeConfig\":{\"mac\":\"\"}"), &with, &spec, &e), 0);
	assert_int_equal(spec.mac[5], two);
	strcpy(with.mac, "02:42");
	assert_int_equal(device(CONF("\"mtu\":0"), &with, &spec, &e), CNI_ENVIRONMENT);
}

static void fields(void **state)
{
	static const struct {
		const char *text;
		int code;
	} rows[] = {
		{ CONF("\"cni.dev/valid-attachments\":[]"), 0 },
		{ CONF("\"capabilities\":{\"mac\":true},\"ipMasq\":true,\"disableGC\":true"), 0 },
		{ CONF("\"vlna\":50"), CNI_UNSUPPORTED },
		{ CONF("\"vlna\":null"), 0 },
		{ CONF("\"mtu\":1400.5"), CNI_CONFIG },
		{ CONF("\"mtu\":99999999999999"), CNI_CONFIG },
		{ CONF("\"master\":[]"), CNI_CONFIG },
		{ CONF("\"kind\":\"macvtap\""), CNI_CONFIG },
		{ CONF("\"linkInContainer\":\"yes\""), CNI_CONFIG },
		{ CONF("\"linkInContainer\":true,\"kind\":\"xdp\""), CNI_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cni_error e;
		struct spec spec;

		assert_row(rows[i].text, device(rows[i].text, &env, &spec, &e) == rows[i].code);
	}
}

static void chained(void **state)
{
	static const struct {
		const char *text;
		int code;
	} rows[] = {
		{ CONF("\"prevResult\":{},\"dns\":{}"), 0 },
		{ CONF("\"prevResult\":{},\"master\":\"eth0\""), CNI_CONFIG },
		{ CONF("\"prevResult\":{},\"ipam\":{}"), CNI_CONFIG },
		{ CONF("\"prevResult\":{},\"vlna\":50"), CNI_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cni_conf conf;
		struct cni_error e;

		assert_int_equal(read_conf(rows[i].text, &conf, &e), 0);
		assert_row(rows[i].text, cni_conf_chained(&conf, &e) == rows[i].code);
		cni_conf_free(&conf);
	}
}

/* ---- results */

static json_t *json(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!value)
		fail_msg("no JSON: %s", text);
	return value;
}

static void addresses(void **state)
{
	static const struct {
		const char *text;
		int code, family, length, gateway, interface;
	} rows[] = {
		{ "{\"address\":\"10.0.0.2/24\"}", 0, AF_INET, 24, 0, -1 },
		{ "{\"address\":\"10.0.0.2/0\",\"interface\":0}", 0, AF_INET, 0, 0, 0 },
		{ "{\"address\":\"fd00::2/128\",\"gateway\":\"fd00::1\",\"interface\":2}", 0,
		  AF_INET6, 128, AF_INET6, 2 },
		{ "{\"address\":\"10.0.0.2/24\",\"gateway\":\"\"}", 0, AF_INET, 24, 0, -1 },
		{ "{\"address\":\"10.0.0.2/24\",\"gateway\":\"fd00::1\"}", .code = CNI_IPAM },
		{ "{\"address\":\"10.0.0.2/33\"}", .code = CNI_IPAM },
		{ "{\"address\":\"10.0.0.2\"}", .code = CNI_IPAM },
		{ "{\"address\":\"10.0.0.2/\"}", .code = CNI_IPAM },
		{ "{\"address\":\"10.0.0.2/-1\"}", .code = CNI_IPAM },
		{ "{\"address\":\"0123456789012345678901234567890123456789012345678/24\"}",
		  .code = CNI_IPAM },
		{ "{\"address\":5}", .code = CNI_IPAM },
		{ "{}", .code = CNI_IPAM },
		{ "[]", .code = CNI_IPAM },
		{ "5", .code = CNI_IPAM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *value = json(rows[i].text);
		struct cni_error e;
		struct cni_ip ip;

		assert_row(rows[i].text, cni_result_ip(value, &ip, &e) == rows[i].code);
		json_decref(value);
		if (rows[i].code)
			continue;
		assert_row(rows[i].text, ip.address.family == rows[i].family);
		assert_row(rows[i].text, ip.address.length == rows[i].length);
		assert_row(rows[i].text, ip.gateway.family == rows[i].gateway);
		assert_row(rows[i].text, ip.interface == rows[i].interface);
	}
}

static void routes(void **state)
{
	static const struct {
		const char *text;
		int code;
		uint32_t mtu, table;
		int scope;
	} rows[] = {
		{ "{\"dst\":\"0.0.0.0/0\"}", .code = 0, .scope = -1 },
		{ "{\"dst\":\"::/0\",\"gw\":\"fe80::1\",\"mtu\":1400,\"table\":100}", 0, 1400, 100,
		  -1 },
		{ "{\"dst\":\"10.0.0.0/8\",\"scope\":253,\"mtu\":null}", .code = 0, .scope = 253 },
		{ "{\"dst\":\"10.0.0.0/8\",\"gw\":\"fe80::1\"}", .code = CNI_IPAM },
		{ "{\"dst\":\"10.0.0.0/8\",\"mtu\":-1}", .code = CNI_IPAM },
		{ "{\"dst\":\"10.0.0.0/8\",\"mtu\":\"1400\"}", .code = CNI_IPAM },
		{ "{\"dst\":\"10.0.0.0/8\",\"priority\":4294967296}", .code = CNI_IPAM },
		{ "{\"dst\":\"10.0.0.0/8\",\"scope\":256}", .code = CNI_IPAM },
		{ "{\"dst\":\"10.0.0.0\"}", .code = CNI_IPAM },
		{ "{\"gw\":\"10.0.0.1\"}", .code = CNI_IPAM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *value = json(rows[i].text);
		struct cni_route route;
		struct cni_error e;

		assert_row(rows[i].text, cni_result_route(value, &route, &e) == rows[i].code);
		json_decref(value);
		if (rows[i].code)
			continue;
		assert_row(rows[i].text, route.mtu == rows[i].mtu);
		assert_row(rows[i].text, route.table == rows[i].table);
		assert_row(rows[i].text, route.scope == rows[i].scope);
	}
}

static void addresses_of_an_interface(void **state)
{
	json_t *result =
		json("{\"interfaces\":[{\"name\":\"veth0\"},{\"name\":\"eth0\","
		     "\"sandbox\":\"/run/netns/c1\"}],"
		     "\"ips\":[{\"address\":\"10.0.0.2/24\",\"interface\":1},"
		     "{\"address\":\"10.1.0.2/24\",\"interface\":0},"
		     "{\"address\":\"10.2.0.2/24\",\"gateway\":\"10.2.0.1\",\"interface\":1},"
		     "{\"address\":\"10.3.0.2/24\",\"gateway\":\"10.3.0.1\",\"interface\":1},"
		     "{\"address\":\"fd00::2/64\",\"gateway\":\"fd00::1\"}]}");
	struct spec_addr gateways[2];
	struct spec spec = {};
	struct cni_error e;

	(void)state;
	assert_int_equal(cni_result_interface(result, "eth0", "/run/netns/c1"), 1);
	assert_int_equal(cni_result_interface(result, "eth0", "/run/netns/c2"), -1);
	assert_int_equal(cni_result_interface(result, "eth1", "/run/netns/c1"), -1);
	assert_int_equal(cni_result_interface(result, "veth0", ""), 0);
	assert_int_equal(cni_result_addresses(result, 1, &spec, gateways, &e), 0);
	assert_int_equal(spec.address_count, 3);
	assert_int_equal(gateways[0].addr[1], 2); /* the first that there is */
	assert_int_equal(gateways[1].family, 0);
	spec = (struct spec){};
	assert_int_equal(cni_result_addresses(result, -1, &spec, gateways, &e), 0);
	assert_int_equal(spec.address_count, 1);
	assert_int_equal(gateways[1].family, AF_INET6);
	json_decref(result);
}

static void assert_json(const json_t *got, const char *want)
{
	json_t *wanted = json(want);

	if (!json_equal(got, wanted)) {
		char *text = json_dumps(got, JSON_COMPACT);

		fail_msg("%s instead of %s", text, want);
	}
	json_decref(wanted);
}

static void results(void **state)
{
	static const uint8_t mac[6] = { 2, 0x42, 0, 0, 0, 1 };
	static const struct {
		const char *version, *want;
	} rows[] = {
		{ "0.3.1",
		  "{\"cniVersion\":\"0.3.1\",\"interfaces\":[{\"name\":\"eth0\",\"mac\":"
		  "\"02:42:00:00:00:01\",\"sandbox\":\"/run/netns/"
		  "c1\"}],\"ips\":[{\"version\":\"4\","
		  "\"address\":\"10.0.0.2/24\",\"interface\":0},{\"version\":\"6\",\"address\":"
		  "\"fd00::2/64\",\"interface\":0}],\"routes\":[{\"dst\":\"::/0\"}],\"dns\":{}}" },
		{ "1.0.0",
		  "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\",\"mac\":"
		  "\"02:42:00:00:00:01\",\"sandbox\":\"/run/netns/c1\"}],\"ips\":[{"
		  "\"address\":\"10.0.0.2/24\",\"interface\":0},{\"address\":"
		  "\"fd00::2/64\",\"interface\":0}],\"routes\":[{\"dst\":\"::/0\"}],\"dns\":{}}" },
		{ "1.1.0",
		  "{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"eth0\",\"mac\":"
		  "\"02:42:00:00:00:01\",\"sandbox\":\"/run/netns/c1\",\"mtu\":1500}],\"ips\":[{"
		  "\"address\":\"10.0.0.2/24\",\"interface\":0},{\"address\":"
		  "\"fd00::2/64\",\"interface\":0}],\"routes\":[{\"dst\":\"::/0\"}],\"dns\":{}}" },
	};
	json_t *ipam =
		json("{\"ips\":[{\"version\":\"4\",\"address\":\"10.0.0.2/24\"},{\"address\":"
		     "\"fd00::2/64\"}],\"routes\":[{\"dst\":\"::/0\"}]}");
	const struct cni_made made = { "eth0", "/run/netns/c1", mac, 1500, ipam, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *got = cni_result_json(cni_version(rows[i].version), &made);

		assert_json(got, rows[i].want);
		json_decref(got);
	}
	json_decref(ipam);
}

static void results_without_addresses(void **state)
{
	static const uint8_t mac[6] = { 2, 0x42, 0, 0, 0, 1 };
	json_t *ours = json("{\"domain\":\"lan\"}"), *ipam = json("{\"dns\":{\"domain\":\"x\"}}");
	struct cni_made made = { "eth0", "/n", mac, 1500, NULL, ours };
	json_t *got = cni_result_json(cni_version("1.0.0"), &made);

	(void)state;
	assert_json(got,
		    "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\",\"mac\":"
		    "\"02:42:00:00:00:01\",\"sandbox\":\"/n\"}],\"dns\":{\"domain\":\"lan\"}}");
	json_decref(got);
	made.ipam = ipam;
	got = cni_result_json(cni_version("1.0.0"), &made);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(got, "dns"), "domain")), "lan");
	json_decref(got);
	made.dns = NULL;
	got = cni_result_json(cni_version("1.0.0"), &made);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(got, "dns"), "domain")), "x");
	json_decref(got);
	json_decref(ours);
	json_decref(ipam);
}

/* ---- errors */

static void errors(void **state)
{
	struct cni_error e;
	json_t *got;

	(void)state;
	assert_int_equal(cni_fail(&e, CNI_CONFIG, "mode: %s", "x"), CNI_CONFIG);
	got = cni_error_json(&e, "0.4.0");
	assert_json(got, "{\"cniVersion\":\"0.4.0\",\"code\":7,\"msg\":\"mode: x\"}");
	json_decref(got);
	cni_add_details(&e, "one");
	cni_add_details(&e, "%d", 2);
	got = cni_error_json(&e, "0.4.0");
	assert_json(got, "{\"cniVersion\":\"0.4.0\",\"code\":7,\"msg\":\"mode: x\",\"details\":"
			 "\"one; 2\"}");
	json_decref(got);
	cni_fail(&e, CNI_CONFIG, "\xff");
	got = cni_error_json(&e, "0.4.0");
	assert_json(got, "{\"cniVersion\":\"0.4.0\",\"code\":7,\"msg\":\"(not in UTF-8)\"}");
	json_decref(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(args),
		cmocka_unit_test(a_long_mac_is_cut),
		cmocka_unit_test(ids),
		cmocka_unit_test(names),
		cmocka_unit_test(what_every_command_needs),
		cmocka_unit_test(devices),
		cmocka_unit_test(vlans),
		cmocka_unit_test(whose_mac),
		cmocka_unit_test(fields),
		cmocka_unit_test(chained),
		cmocka_unit_test(addresses),
		cmocka_unit_test(routes),
		cmocka_unit_test(addresses_of_an_interface),
		cmocka_unit_test(results),
		cmocka_unit_test(results_without_addresses),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests_name("cni", tests, NULL, NULL);
}
