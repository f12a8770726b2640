import { SettingsReader, isGiven, namedBy, readBucket, readTableName } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";

const redshift: Connector = {
  type: "Redshift",
  key: "Redshift",
  label: "Amazon Redshift",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/redshift.html",
  profile: { auth: ["custom", "basic"], check: checkProfile },
  metadata: {},
  destination: {
    delivery: "append",
    errorHandling: true,
    check,
    describeObject: namedBy("redshift"),
  },
};

export default redshift;

function check(settings: JsonObject): readonly Problem[] {
  const reader = new SettingsReader(settings);
  readTableName(reader, "object", ["table", "schema.table"]);
  readBucket(reader, "intermediateBucketName");
  return reader.problems;
}

/** Through Redshift's Data API, or with a user through JDBC. */
function checkProfile(properties: JsonObject, credentials: JsonObject): readonly Problem[] {
  const { databaseUrl, dataApiRoleArn, isRedshiftServerless } = properties;
  if (isGiven(databaseUrl)) return missing("JDBC", "credentials", credentials, ["username", "password"]);
  if (!isGiven(dataApiRoleArn)) {
    const message = "there is no way to the database";
    return [{ path: "properties", message, remedy: "give dataApiRoleArn for the Data API, or databaseUrl for JDBC" }];
  }
  if (isRedshiftServerless === true) {
    return missing("Redshift Serverless", "properties", properties, ["workgroupName", "databaseName"]);
  }
  return [
    ...missing("the Data API", "properties", properties, ["clusterIdentifier", "databaseName"]),
    ...missing("the Data API of a cluster", "credentials", credentials, ["username"]),
  ];
}

function missing(way: string, part: string, given: JsonObject, names: readonly string[]): readonly Problem[] {
  return names
    .filter((name) => !isGiven(given[name]))
    .map((name) => ({ path: `${part}.${name}`, message: `${way} needs it, and it is missing` }));
}
