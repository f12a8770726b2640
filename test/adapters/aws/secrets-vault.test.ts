import { inspect } from "node:util";
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createSecretsClient } from "../../../src/adapters/aws/secrets-client.ts";
import { createSecretsVault, OWNER_TAG } from "../../../src/adapters/aws/secrets-vault.ts";
import type { Vault } from "../../../src/connection/vault.ts";
import { vaultContract } from "../../contract/vault.ts";
import { type InterferingProxy, startProxy } from "../../support/interfering-proxy.ts";
import { type MotoServer, motoMissing, startMoto } from "../../support/moto-server.ts";

const ACCOUNT = "111122223333";
const missing = motoMissing();

vi.stubEnv("MOTO_ACCOUNT_ID", ACCOUNT);
vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");

const clientOf = (endpoint: string) => createSecretsClient({ region: "eu-west-1", endpoint });

if (missing === undefined) {
  vaultContract({
    name: "Secrets Manager (moto)",
    prefix: "millrace/",
    async open() {
      const moto = await startMoto();
      const [mine, yours] = [clientOf(moto.endpoint), clientOf(moto.endpoint)];
      return {
        vault: createSecretsVault(mine),
        other: createSecretsVault(yours),
        async close() {
          mine.destroy();
          yours.destroy();
          await moto.stop();
        },
      };
    },
  });
} else {
  describe("vault: Secrets Manager (moto)", () => {
    it.skip(`keeps the contract: skipped because ${missing}`, () => undefined);
  });
}

describe.skipIf(missing !== undefined)("createSecretsVault", () => {
  let moto: MotoServer;
  let proxy: InterferingProxy;
  let client: SecretsManagerClient;
  let direct: SecretsManagerClient;
  let vault: Vault;

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startProxy(moto.endpoint);
    [client, direct] = [clientOf(proxy.endpoint), clientOf(moto.endpoint)];
    vault = createSecretsVault(client);
  });

  beforeEach(() => {
    proxy.interfere = () => undefined;
  });

  afterAll(async () => {
    client.destroy();
    direct.destroy();
    await proxy.close();
    await moto.stop();
  });

  /** Loses the answer to the first request of that operation. */
  const loseOnce = (lost: string) => {
    let isLost = false;
    proxy.interfere = ({ operation }) => {
      if (isLost || operation !== lost) return undefined;
      isLost = true;
      return "lose the answer";
    };
  };

  it("writes the credentials as plain JSON, tagged and under the key that is asked for", async () => {
    const kmsArn = "arn:aws:kms:eu-west-1:111122223333:key/1";
    const arn = await vault.create("crm", { username: "u", password: "p" }, kmsArn);

    const secret = await direct.send(new DescribeSecretCommand({ SecretId: arn }));
    const value = await direct.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: "AWSCURRENT" }));

    expect(value.SecretString).toBe('{"username":"u","password":"p"}');
    expect(secret).toMatchObject({ KmsKeyId: kmsArn, Tags: [OWNER_TAG] });
  });

  it.each(["CreateSecret", "DescribeSecret", "PutSecretValue", "UpdateSecretVersionStage", "DeleteSecret"])(
    "does the same when the answer to %s is lost",
    async (operation) => {
      loseOnce(operation);

      const arn = await vault.create("crm", { token: 1 });
      const { version } = (await vault.read(arn))!;
      const replaced = await vault.replace(arn, { token: 2 }, version);
      const stale = await vault.replace(arn, { token: 3 }, version);
      const read = await vault.read(arn);
      await vault.delete(arn);

      expect([replaced, stale]).toEqual([true, false]);
      expect(read!.credentials).toEqual({ token: 2 });
      expect(await vault.read(arn)).toBeUndefined();
    },
  );

  it("has replaced a version whose answer is lost, even when it is replaced again before it asks", async () => {
    const arn = await vault.create("crm", { token: 1 });
    const { version } = (await vault.read(arn))!;
    const second = createSecretsVault(direct);
    let moves = 0;
    proxy.interfere = async ({ operation }) => {
      if (operation !== "UpdateSecretVersionStage") return undefined;
      if (++moves === 2) await second.replace(arn, { token: 3 }, (await second.read(arn))!.version);
      return moves === 1 ? "lose the answer" : undefined;
    };

    const replaced = await vault.replace(arn, { token: 2 }, version);

    expect(replaced).toBe(true);
    expect((await vault.read(arn))!.credentials).toEqual({ token: 3 });
  });

  it("writes no version that is refused anyhow", async () => {
    const arn = await vault.create("crm", { token: 1 });

    await vault.replace(arn, { token: 2 }, "00000000-0000-4000-8000-000000000000");

    const { VersionIdsToStages } = await direct.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(Object.keys(VersionIdsToStages!)).toHaveLength(1);
  });

  it("takes a secret that is being deleted for gone", async () => {
    const arn = await vault.create("crm", { token: 1 });
    const { version } = (await vault.read(arn))!;
    proxy.interfere = ({ operation }) => {
      if (operation === "DescribeSecret")
        return {
          status: 200,
          body: { ARN: arn, DeletedDate: 1_700_000_000, VersionIdsToStages: { [version]: ["AWSCURRENT"] } },
        };
      return { status: 400, body: { __type: "InvalidRequestException", message: "marked for deletion" } };
    };

    expect(await vault.read(arn)).toBeUndefined();
    expect(await vault.replace(arn, { token: 2 }, version)).toBe(false);
    await vault.delete(arn);
  });

  it.each([
    ["AccessDeniedException", /millrace\/\*/],
    ["DecryptionFailure", /KMS key/],
    ["ExpiredTokenException", /credentials that are valid/],
    ["InvalidRequestException", /Try again later/],
  ])("says what to do when Secrets Manager answers %s, and nothing of the credentials", async (name, advice) => {
    const arn = await vault.create("crm", { password: "canary" });
    proxy.interfere = ({ operation }) =>
      operation === "DescribeSecret" ? undefined : { status: 400, body: { __type: name, message: "why" } };

    const failures = await Promise.all(
      [vault.read(arn), vault.create("crm", { password: "canary" })].map((each) => each.catch((error: Error) => error)),
    );

    for (const failure of failures) {
      expect((failure as Error).message).toMatch(advice);
      expect(inspect(failure, { depth: 10 })).not.toContain("canary");
    }
  });

  it("shows nothing of a secret that is not JSON", async () => {
    const arn = await vault.create("crm", {});
    await direct.send(
      new PutSecretValueCommand({ SecretId: arn, SecretString: "canary", VersionStages: ["AWSCURRENT"] }),
    );

    const failure = await vault.read(arn).catch((error: Error) => error);

    expect((failure as Error).message).toMatch(/read the secret .* it is not JSON/);
    expect(inspect(failure, { depth: 10 })).not.toContain("canary");
  });
});
