/**
 * The destinations that AppFlow documents for most of its sources, in its order
 * (https://docs.aws.amazon.com/appflow/latest/userguide/app-specific.html).
 */
export const USUAL_DESTINATIONS: readonly string[] = [
  "CustomerProfiles",
  "Honeycode",
  "LookoutMetrics",
  "Redshift",
  "S3",
  "Marketo",
  "Salesforce",
  "Snowflake",
  "Upsolver",
  "Zendesk",
  "CustomConnector",
];

/** The same, but for sources whose records are no measurements. */
export const DESTINATIONS_WITHOUT_METRICS: readonly string[] = USUAL_DESTINATIONS.filter(
  (type) => type !== "LookoutMetrics",
);

/** The same, and events: of sources that have them. */
export const DESTINATIONS_WITH_EVENTS: readonly string[] = USUAL_DESTINATIONS.toSpliced(1, 0, "EventBridge");
