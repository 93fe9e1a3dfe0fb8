/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

struct uplink_state *state_find(const struct state *state, const char *name)
{
	for (size_t i = 0; i < state->count; i++) {
		if (!strcmp(state->uplinks[i].name, name))
			return &state->uplinks[i];
	}
	return NULL;
}

struct uplink_state *state_find_ifindex(const struct state *state, __u32 ifindex)
{
	for (size_t i = 0; i < state->count; i++) {
		if (state->uplinks[i].ifindex == ifindex)
			return &state->uplinks[i];
	}
	return NULL;
}

struct uplink_state *state_add(struct state *state, const char *name)
{
	struct uplink_state *uplinks, *uplink;

	uplinks = reallocarray(state->uplinks, state->count + 1, sizeof(*uplinks));
	if (!uplinks)
		return NULL;
	state->uplinks = uplinks;
	uplink = &uplinks[state->count++];
	memset(uplink, 0, sizeof(*uplink));
	snprintf(uplink->name, sizeof(uplink->name), "%s", name);
	for (int map = STATE_FIRST_MAP; map <= STATE_LAST_MAP; map++)
		table_init(&uplink->maps[map], pins_maps[map].key_size,
			   pins_maps[map].key_size + pins_maps[map].value_size);
	return uplink;
}

int state_put_neigh(struct uplink_state *uplink, const struct pins_neigh *record)
{
	struct table *neighs = &uplink->maps[PINS_NEIGH];
	struct pins_neigh *present = table_find(neighs, &record->key);

	if (!present)
		return table_put(neighs, record) < 0 ? -ENOMEM : 0;
	if (present->value.endpoint != record->value.endpoint)
		present->value.flags |= HP_NEIGH_SHARED;
	return 0;
}

struct pins_segment *state_segment(const struct uplink_state *uplink, __u16 vlan)
{
	__u32 key = vlan;

	return table_find(&uplink->maps[PINS_SEGMENTS], &key);
}

static void free_maps(struct uplink_state *uplink)
{
	for (int map = STATE_FIRST_MAP; map <= STATE_LAST_MAP; map++)
		table_free(&uplink->maps[map]);
}

void state_remove(struct state *state, struct uplink_state *uplink)
{
	size_t i = uplink - state->uplinks;

	free_maps(uplink);
	memmove(uplink, uplink + 1, (state->count - i - 1) * sizeof(*uplink));
	state->count--;
}

void state_free(struct state *state)
{
	for (size_t i = 0; i < state->count; i++)
		free_maps(&state->uplinks[i]);
	free(state->uplinks);
	*state = (struct state){};
}
