/** The flow whose runs are simulated. */
export const FLOW = "orders";

/** Of the first destination, and of the second. */
export const BUCKETS = ["lake", "mirror"] as const;

/** What is too large for the stores. */
export const STAGING = "staging";
