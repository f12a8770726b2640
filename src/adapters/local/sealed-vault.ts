import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type Place, secretArn } from "../../api/arns.ts";
import { SECRET_PREFIX, secretName } from "../../connection/secret-name.ts";
import { secretText } from "../../connection/secret-text.ts";
import type { Vault } from "../../connection/vault.ts";
import type { JsonObject } from "../../sdk/json.ts";
import { deriveKey, seal, unseal } from "../../store/seal.ts";

export interface SealedVaultOptions {
  /** From `openDatabase`. */
  readonly database: DatabaseSync;
  /** The bytes of `openKeyFile`. */
  readonly key: Uint8Array;
  readonly place: Place;
}

/**
 * Keeps credentials in the database, each sealed with the key file: who has the database alone can read none. A sealed
 * value opens only under the ARN and version that it was sealed for. KMS keys are of no use here.
 */
export function createSealedVault({ database, key, place }: SealedVaultOptions): Vault {
  const cipherKey = deriveKey(key, "vault");
  const insert = database.prepare("INSERT INTO credentials (arn, version, sealed) VALUES (?, ?, ?)");
  const select = database.prepare("SELECT version, sealed FROM credentials WHERE arn = ?");
  const update = database.prepare("UPDATE credentials SET version = ?, sealed = ? WHERE arn = ? AND version = ?");
  const remove = database.prepare("DELETE FROM credentials WHERE arn = ?");

  const sealOf = (arn: string, version: number) => ({ key: cipherKey, name: Buffer.from(`${arn}#${version}`) });
  const sealed = (credentials: JsonObject, arn: string, version: number) =>
    seal(Buffer.from(secretText(credentials)), sealOf(arn, version));

  return {
    async create(name, credentials) {
      const fullName = `${SECRET_PREFIX.appflow}${place.account}-${secretName(name, randomText(8))}`;
      const arn = secretArn(place, `${fullName}-${randomText(3)}`);
      insert.run(arn, 1, sealed(credentials, arn, 1));
      return arn;
    },
    async read(arn) {
      const row = select.get(arn);
      if (row === undefined) return undefined;
      const version = Number(row["version"]);
      const text = unseal(row["sealed"] as Uint8Array, { ...sealOf(arn, version), what: `The secret ${arn}` });
      return { credentials: JSON.parse(Buffer.from(text).toString()) as JsonObject, version: String(version) };
    },
    async replace(arn, credentials, version) {
      const next = Number(version) + 1;
      return update.run(next, sealed(credentials, arn, next), arn, Number(version)).changes === 1;
    },
    async delete(arn) {
      remove.run(arn);
    },
  };
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
