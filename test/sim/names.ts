/** The flow whose runs are simulated. */
export const FLOW = "orders";

/** Of the first destination, and of the second. */
export const BUCKETS = ["lake", "mirror"] as const;

/** The source, where that is a bucket. */
export const SOURCE = "source";

/** What is too large for the stores. */
export const STAGING = "staging";
