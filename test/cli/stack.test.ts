import { CreateSecretCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteStackData } from "../../src/adapters/aws/delete-stack-data.ts";
import { createDynamoStores } from "../../src/adapters/aws/dynamo-stores.ts";
import { createSecretsVault } from "../../src/adapters/aws/secrets-vault.ts";
import { millrace } from "../support/cli.ts";
import { createTable, dynamoClient } from "../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../support/dynoxide-server.ts";
import { type MotoServer, motoMissing, startMoto } from "../support/moto-server.ts";
import { sampleProfile } from "../support/sample-profile.ts";

const missing = [dynoxideMissing(), motoMissing()].find((reason) => reason !== undefined);
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

describe("the commands about stacks", () => {
  it.each([
    [["deploy", "--param", "auth"], "--param auth: expected NAME=VALUE"],
    [["deploy", "--stage", "Prod_1"], "--stage Prod_1: expected a short name in lower case"],
    [["status", "--stage", "-"], "--stage -: expected a short name"],
    [["destroy", "--with-data"], "--with-data"],
  ])("refuse a wrong command line before anything is asked of AWS", async (args, words) => {
    const { code, stderr } = await millrace(args);

    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });
});

describe.skipIf(missing !== undefined)(`with a server for AWS${skipped}`, () => {
  let moto: MotoServer;
  let dynoxide: DynoxideServer;
  let documents: DynamoDBDocumentClient;
  let secrets: SecretsManagerClient;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    [moto, dynoxide] = await Promise.all([startMoto(), startDynoxide()]);
    documents = dynamoClient(dynoxide.endpoint);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    secrets = new SecretsManagerClient({ region: "eu-west-1", endpoint: moto.endpoint, credentials });
    env = {
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
  });

  afterAll(async () => {
    documents.destroy();
    secrets.destroy();
    await Promise.all([moto.stop(), dynoxide.stop()]);
  });

  /** A stack as osls leaves it, as far as the server can make one. */
  const makeStack = async (stage: string) => {
    const template = {
      Resources: { ServerlessDeploymentBucket: { Type: "AWS::S3::Bucket" } },
      Outputs: {
        ServerlessDeploymentBucketName: { Value: { Ref: "ServerlessDeploymentBucket" } },
        NextStep: { Value: "npx millrace keys create NAME" },
      },
    };
    const body = new URLSearchParams({
      Action: "CreateStack",
      Version: "2010-05-15",
      StackName: `millrace-${stage}`,
      TemplateBody: JSON.stringify(template),
    });
    const scope = "Credential=test/20260101/eu-west-1/cloudformation/aws4_request";
    const headers = { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` };
    expect((await fetch(moto.endpoint, { method: "POST", headers, body })).status).toBe(200);
  };

  it(
    "show a stack with its outputs, and take it away with its data only when that is said",
    { timeout: 120_000 },
    async () => {
      const table = await createTable(documents);
      await makeStack("trial");

      const shown = await millrace(["status", "--stage", "trial"], { env });
      const removed = await millrace(["destroy", "--stage", "trial"], { env });
      const gone = await millrace(["status", "--stage", "trial"], { env });
      const left = await documents.send(new DescribeTableCommand({ TableName: table }));
      await makeStack("trial");
      const all = await millrace(["destroy", "--stage", "trial", "--with-data", table], { env });

      expect([shown.code, removed.code, gone.code, all.code]).toEqual([0, 0, 2, 0]);
      expect(shown.stdout).toContain("NextStep: npx millrace keys create NAME");
      expect(removed.stderr).toContain("The table (millrace-trial, unless another was named)");
      expect(left.Table).toBeDefined();
      expect(all.stderr).toContain(`The table ${table} is deleted`);
      await expect(documents.send(new DescribeTableCommand({ TableName: table }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    },
  );

  it("deletes no data when the stack could not be removed", { timeout: 60_000 }, async () => {
    const table = await createTable(documents);

    const { code } = await millrace(["destroy", "--stage", "unknown", "--with-data", table], { env });

    expect(code).toBe(2);
    expect((await documents.send(new DescribeTableCommand({ TableName: table }))).Table).toBeDefined();
  });

  it("deletes the table, the engine's key and the credentials of profiles, and no other secret", async () => {
    const table = await createTable(documents);
    const { profiles } = createDynamoStores(documents, table);
    const vault = createSecretsVault(secrets);
    for (const name of [`millrace-engine-key/${table}`, "millrace-engine-key/other", "somebody/else"]) {
      await secrets.send(new CreateSecretCommand({ Name: name, SecretString: "x".repeat(64) }));
    }
    for (const name of ["a", "b"]) {
      const credentialsArn = await vault.create(name, { key: "k" }, undefined);
      await profiles.create({ ...sampleProfile(name), credentialsArn });
    }

    const count = await deleteStackData(table, { documents, secrets });

    expect(count).toBe(2);
    const { SecretList: left = [] } = await secrets.send(new ListSecretsCommand({}));
    expect(left.map(({ Name }) => Name!).toSorted()).toEqual(["millrace-engine-key/other", "somebody/else"]);
    await expect(documents.send(new DescribeTableCommand({ TableName: table }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(deleteStackData(table, { documents, secrets })).rejects.toThrow(/ResourceNotFoundException/);
  });
});
