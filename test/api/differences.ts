const BOTH = ["CreateFlow", "UpdateFlow"];

function inBoth(member: string, note: string): [string, string][] {
  return BOTH.map((operation) => [`${operation}.${member}`, note]);
}

/** What we do with a member that the service does otherwise, or does not say. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ...inBoth("destinationFlowConfigList", "up to ten; AppFlow takes one, and so does the strict mode"),
  ...inBoth("triggerConfig.triggerProperties.Scheduled.timezone", "a label, as with AppFlow: times are UTC"),
  ...inBoth("triggerConfig.triggerProperties.Scheduled.dataPullMode", "`Complete` where it is missing"),
  ...inBoth("destinationFlowConfigList[].connectorProfileName", "ignored by connectors without profiles"),
  ...inBoth("sourceFlowConfig.connectorProfileName", "ignored by connectors without profiles"),
  ...inBoth("tasks[].connectorOperator", "the source's key counts; another is taken where it is the only one"),
  ["CreateFlow.kmsArn", "given back; the default key is named where it is missing"],
]);

/** Members that are refused whatever their value, and why. */
export const REFUSED: ReadonlyMap<string, string> = new Map(
  inBoth("metadataCatalogConfig.glueDataCatalog", "this engine registers no tables in a data catalog"),
);
