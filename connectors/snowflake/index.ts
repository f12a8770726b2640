import { SettingsReader, isGiven, namedBy, readBucket, readTableName } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";

const snowflake: Connector = {
  type: "Snowflake",
  key: "Snowflake",
  label: "Snowflake",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/snowflake.html",
  profile: { auth: ["basic", "custom"], check: checkProfile },
  privateConnections: true,
  metadata: {},
  destination: {
    delivery: "append",
    errorHandling: true,
    check,
    describeObject: namedBy("snowflake"),
  },
};

export default snowflake;

function check(settings: JsonObject): readonly Problem[] {
  const reader = new SettingsReader(settings);
  readTableName(reader, "object", ["table", "schema.table", "database.schema.table"]);
  readBucket(reader, "intermediateBucketName");
  return reader.problems;
}

function checkProfile(_: JsonObject, { password, privateKey }: JsonObject): readonly Problem[] {
  if (isGiven(password) || isGiven(privateKey)) return [];
  const message = "there is neither a password nor a private key";
  return [{ path: "credentials", message, remedy: "give privateKey, or password where Snowflake still takes it" }];
}
