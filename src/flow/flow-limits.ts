/** The most tasks of a flow. */
export const MAX_TASKS = 1000;

/** The most destinations of a flow: each gets a copy of every record. */
export const MAX_DESTINATIONS = 10;

/** As many as AppFlow's console allows. */
export const MAX_PARTITION_FIELDS = 10;

/** The most characters of a mask: a mask of this length may stand in every record. */
export const MAX_MASK_LENGTH = 10_000;

export const MAX_TRUNCATE_LENGTH = 2_147_483_647;
