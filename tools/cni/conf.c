// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "conf.h"
#include "liveness.h"
#include "name.h"
#include "pins.h"

#define OF_DEVICE 1 /* says something of a device that is to be made */
#define ANY (-1)

/* Those of all plugins, and ours. What is not among them is an error: "vlna" would be no VLAN. */
static const struct {
	const char *name;
	int type; /* of JSON */
	int flags;
	const char *takes;
} keys[] = {
	{ "cniVersion", JSON_STRING, 0, "a version" },
	{ "cniVersions", JSON_ARRAY, 0, "a list of versions" },
	{ "name", JSON_STRING, 0, "the name of the network" },
	{ "type", JSON_STRING, 0, "the name of this plugin" },
	{ "args", JSON_OBJECT, 0, "an object" },
	{ "capabilities", JSON_OBJECT, 0, "an object" },
	{ "runtimeConfig", JSON_OBJECT, 0, "an object" },
	{ "ipam", JSON_OBJECT, OF_DEVICE, "an object with the type of an IPAM plugin" },
	{ "ipMasq", ANY, 0, "" }, /* as macvlan has it: without meaning */
	{ "dns", JSON_OBJECT, 0, "an object" },
	{ "prevResult", JSON_OBJECT, 0, "an object" },
	{ "disableCheck", ANY, 0, "" }, /* the runtime's */
	{ "disableGC", ANY, 0, "" },
	{ "loadOnlyInlinedPlugins", ANY, 0, "" },
	{ "master", JSON_STRING, OF_DEVICE, "the name of a device" },
	{ "mode", JSON_STRING, OF_DEVICE, "bridge, vepa, private or passthru" },
	{ "mtu", JSON_INTEGER, OF_DEVICE, "a number" },
	{ "mac", JSON_STRING, OF_DEVICE, "six bytes in hex, as in \"02:42:c0:a8:0e:0b\"" },
	{ "linkInContainer", ANY, OF_DEVICE, "true or false" },
	{ "bcqueuelen", JSON_INTEGER, OF_DEVICE, "a number" },
	{ "vlan", JSON_INTEGER, OF_DEVICE, "a number from 1 to 4094" },
	{ "kind", JSON_STRING, OF_DEVICE, "macvlan or xdp" },
	{ "pins", JSON_STRING, 0, "the directory of --pins of hairpind" },
	{ "run", JSON_STRING, 0, "the directory of --run of hairpind" },
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

/* ---- what every command needs */

/* null is nothing, as Go has it. */
static void drop_nulls(json_t *json)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(json, next, name, value)
	{
		if (json_is_null(value))
			json_object_del(json, name);
	}
}

static const char *string(const json_t *json, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : otherwise;
}

static int read_version(struct cni_conf *conf, struct cni_error *e)
{
	const json_t *value = json_object_get(conf->json, "cniVersion");
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	conf->version = cni_version(text);
	if (conf->version)
		return 0;
	cni_fail(e, CNI_VERSION,
		 "incompatible CNI versions: cniVersion is \"%.32s\", supported: %s", text,
		 cni_versions_text());
	return CNI_VERSION;
}

static int read_ipam(struct cni_conf *conf, struct cni_error *e)
{
	const json_t *type = json_object_get(json_object_get(conf->json, "ipam"), "type");

	conf->ipam = json_is_string(type) ? json_string_value(type) : "";
	if (type && !json_is_null(type) && (!json_is_string(type) || strchr(conf->ipam, '/')))
		return cni_fail(e, CNI_CONFIG,
				"ipam.type takes the name of an IPAM plugin, as in \"host-local\"");
	return 0;
}

static int read_all(struct cni_conf *conf, struct cni_error *e)
{
	int err = read_version(conf, e);

	if (!err)
		err = read_ipam(conf, e);
	if (err)
		return err;
	conf->network = string(conf->json, "name", "");
	conf->pins = string(conf->json, "pins", PINS_DEFAULT);
	conf->run = string(conf->json, "run", RUN_DEFAULT);
	conf->in_container = json_is_true(json_object_get(conf->json, "linkInContainer"));
	conf->dns = json_object_get(conf->json, "dns");
	conf->prev = json_object_get(conf->json, "prevResult");
	conf->valid = json_object_get(conf->json, "cni.dev/valid-attachments");
	if (!cni_env_is_id(conf->network))
		return cni_fail(e, CNI_CONFIG,
				"name '%.64s': a network has one, of letters, digits, '_', '.' and "
				"'-', the first a letter or digit",
				conf->network);
	return 0;
}

int cni_conf_read(struct cni_conf *conf, const char *text, size_t length, struct cni_error *e)
{
	json_error_t where;

	*conf = (struct cni_conf){ .json = json_loadb(text, length, JSON_REJECT_DUPLICATES,
						      &where) };
	if (!conf->json)
		return cni_fail(e, CNI_DECODE, "the configuration is no JSON: line %d: %s",
				where.line, where.text);
	if (!json_is_object(conf->json))
		return cni_fail(e, CNI_DECODE, "the configuration is no JSON object");
	drop_nulls(conf->json);
	return read_all(conf, e);
}

void cni_conf_free(struct cni_conf *conf)
{
	json_decref(conf->json);
	*conf = (struct cni_conf){};
}

/* ---- a device */

/* With a '/' it is somebody's own, as those of cni.dev. */
static int unsupported(const char *name, const json_t *value, struct cni_error *e)
{
	char *text;

	if (strchr(name, '/'))
		return 0;
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	cni_fail(e, CNI_UNSUPPORTED,
		 "unsupported field \"%.64s\": %.128s: see hairpin-cni(8) for those that there are",
		 name, text ? text : "");
	free(text);
	return CNI_UNSUPPORTED;
}

static int check_field(const char *name, const json_t *value, struct cni_error *e)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (keys[i].type == ANY || (int)json_typeof(value) == keys[i].type)
			return 0;
		return cni_fail(e, CNI_CONFIG, "%s takes %s", name, keys[i].takes);
	}
	return unsupported(name, value, e);
}

/* Not for DEL: a runtime deletes also what could not be added, and must come to an end. */
static int check_fields(const struct cni_conf *conf, struct cni_error *e)
{
	const char *name;
	json_t *value;
	int err;

	json_object_foreach(conf->json, name, value)
	{
		err = check_field(name, value, e);
		if (err)
			return err;
	}
	return 0;
}

/* @word: what spec.h calls it; 0 of a number is as if it were not there. */
static int take(const struct cni_conf *conf, struct spec *spec, const char *key, const char *word,
		struct cni_error *e)
{
	const json_t *value = json_object_get(conf->json, key);
	char number[24], error[SPEC_ERROR];
	const char *text = json_string_value(value);

	if (!value || (text && !text[0]) || (json_is_integer(value) && !json_integer_value(value)))
		return 0;
	if (!text) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		text = number;
	}
	return spec_take(spec, word, text, error) ? cni_fail(e, CNI_CONFIG, "%s: %s", key, error)
						  : 0;
}

/* The runtime's word is before CNI_ARGS, and that before the configuration's. */
static int take_mac(const struct cni_conf *conf, const struct cni_env *env, struct spec *spec,
		    struct cni_error *e)
{
	const json_t *value = json_object_get(json_object_get(conf->json, "runtimeConfig"), "mac");
	const char *mac = json_string_value(value);
	char error[SPEC_ERROR];

	if (value && !json_is_null(value) && !mac)
		return cni_fail(e, CNI_CONFIG, "runtimeConfig.mac takes six bytes in hex");
	if (mac && mac[0])
		return spec_take(spec, "mac", mac, error)
			       ? cni_fail(e, CNI_CONFIG, "runtimeConfig.mac: %s", error)
			       : 0;
	if (env->mac[0])
		return spec_take(spec, "mac", env->mac, error)
			       ? cni_fail(e, CNI_ENVIRONMENT, "CNI_ARGS: MAC: %s", error)
			       : 0;
	return take(conf, spec, "mac", "mac", e);
}

/* macvlan makes short cuts between bridge endpoints, past all VLANs. */
static int take_vlan(const struct cni_conf *conf, struct spec *spec, struct cni_error *e)
{
	const json_t *value = json_object_get(conf->json, "vlan");
	json_int_t vlan = json_integer_value(value);

	if (!value)
		return 0;
	if (vlan < 1 || vlan > 4094)
		return cni_fail(e, CNI_CONFIG,
				"vlan: %" JSON_INTEGER_FORMAT " is none: it takes a number from 1 "
				"to 4094",
				vlan);
	spec->vlan = (uint16_t)vlan;
	if (spec->kind == SPEC_XDP)
		return 0;
	if (!(spec->given & SPEC_MODE))
		spec->mode = MACVLAN_MODE_VEPA;
	spec->given |= SPEC_MODE;
	if (spec->mode == MACVLAN_MODE_VEPA)
		return 0;
	return cni_fail(e, CNI_CONFIG,
			"mode: with vlan it takes vepa, not %s: leave it out, or give kind xdp",
			spec_mode_text(spec->mode));
}

static int check_in_container(const struct cni_conf *conf, const struct spec *spec,
			      struct cni_error *e)
{
	const json_t *value = json_object_get(conf->json, "linkInContainer");

	if (value && !json_is_boolean(value))
		return cni_fail(e, CNI_CONFIG, "linkInContainer takes true or false");
	if (!conf->in_container || (!spec->vlan && spec->kind == SPEC_MACVLAN))
		return 0;
	return cni_fail(e, CNI_CONFIG,
			"linkInContainer goes with neither vlan nor kind xdp: hairpind serves "
			"devices of the host alone");
}

static int complete(const struct cni_env *env, struct spec *spec, struct cni_error *e)
{
	bool no_master = !(spec->given & SPEC_PARENT);
	char error[SPEC_ERROR];

	strcpy(spec->netns, env->netns);
	strcpy(spec->ifname, env->ifname);
	spec->given |= SPEC_NETNS | SPEC_IFNAME | SPEC_PARENT;
	if (spec_complete(spec, error))
		return cni_fail(e, CNI_CONFIG, "%s", error);
	if (no_master)
		spec->given &= ~(unsigned int)SPEC_PARENT;
	return 0;
}

int cni_conf_device(const struct cni_conf *conf, const struct cni_env *env, struct spec *spec,
		    struct cni_error *e)
{
	static const struct {
		const char *key, *word;
	} words[] = {
		{ "kind", "kind" }, { "master", "parent" },	    { "mode", "mode" },
		{ "mtu", "mtu" },   { "bcqueuelen", "bcqueuelen" },
	};
	char name[SPEC_NAME], error[SPEC_ERROR];
	int err = check_fields(conf, e);

	cni_name(name, conf->network, env->id, env->ifname);
	if (!err && spec_name(spec, name, error))
		err = cni_fail(e, CNI_INTERNAL, "%s", error);
	for (size_t i = 0; !err && i < sizeof(words) / sizeof(words[0]); i++)
		err = take(conf, spec, words[i].key, words[i].word, e);
	if (!err)
		err = take_mac(conf, env, spec, e);
	if (!err)
		err = take_vlan(conf, spec, e);
	if (!err)
		err = check_in_container(conf, spec, e);
	return err ? err : complete(env, spec, e);
}

int cni_conf_chained(const struct cni_conf *conf, struct cni_error *e)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (keys[i].flags & OF_DEVICE && json_object_get(conf->json, keys[i].name))
			return cni_fail(e, CNI_CONFIG,
					"%s is of a device that hairpin-cni makes: behind another "
					"plugin, which made it, leave it out",
					keys[i].name);
	}
	return check_fields(conf, e);
}
