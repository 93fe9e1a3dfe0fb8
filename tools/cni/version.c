// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "version.h"

static const struct cni_version versions[] = {
	{ .text = "0.3.1", .ip_version = true },
	{ .text = "0.4.0", .ip_version = true, .check = true },
	{ .text = "1.0.0", .check = true },
	{ .text = CNI_LATEST, .check = true, .gc = true, .mtu = true },
};
#define COUNT (sizeof(versions) / sizeof(versions[0]))

const struct cni_version *cni_version(const char *text)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (!strcmp(versions[i].text, text))
			return &versions[i];
	}
	return NULL;
}

const char *cni_versions_text(void)
{
	return "0.3.1, 0.4.0, 1.0.0, " CNI_LATEST;
}

json_t *cni_version_json(const char *text)
{
	json_t *list = json_array();

	for (size_t i = 0; i < COUNT; i++)
		json_array_append_new(list, json_string(versions[i].text));
	return json_pack("{s:s, s:o}", "cniVersion", cni_version(text) ? text : CNI_LATEST,
			 "supportedVersions", list);
}
