import type { IssuedKey } from "../api/key-issuer.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { Terminal } from "./terminal.ts";

/** A key for machines, without its secret. Times are ISO 8601. */
export type DescribedKey = {
  readonly accessKeyId: string;
  readonly user: string;
  readonly access: string;
  /** Whether a policy says what of that may be done. */
  readonly hasPolicy: boolean;
  readonly status: "active" | "disabled" | "expired";
  readonly createdAt: string;
  readonly expiresAt?: string;
};

/** `now` in milliseconds since 1970. */
export function describeKey(key: IssuedKey, now: number): DescribedKey {
  const { id, user, access, createdAt, expiresAt } = key;
  return {
    accessKeyId: id,
    user,
    access,
    hasPolicy: key.policyDocument !== undefined,
    status: statusOf(key, now),
    createdAt: new Date(createdAt).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}

function statusOf({ disabled, expiresAt = Number.POSITIVE_INFINITY }: IssuedKey, now: number) {
  if (disabled) return "disabled";
  return expiresAt <= now ? "expired" : "active";
}

/** What a shell can evaluate goes to stdout, the rest to the person in front of it. */
export function showNewKey(key: DescribedKey, secret: string, terminal: Terminal): void {
  const { accessKeyId, user } = key;
  terminal.note(`A new key: whoever has it is ${user}, and may ${rightsOf(key)}. Its secret is not shown again.`);
  terminal.print(`export AWS_ACCESS_KEY_ID=${accessKeyId}\nexport AWS_SECRET_ACCESS_KEY=${secret}`);
}

/** The document goes to stdout as it was given, so that it can be changed and given again. */
export function showPolicy(key: DescribedKey, document: JsonObject | undefined, terminal: Terminal): void {
  terminal.note(`${key.accessKeyId}: ${key.user} may ${rightsOf(key)}.`);
  if (document !== undefined) terminal.print(JSON.stringify(document, null, 2));
}

function rightsOf({ access, hasPolicy }: DescribedKey): string {
  if (hasPolicy)
    return access === "full" ? "do what the policy allows" : "only look, and only at what the policy allows";
  return access === "full" ? "do everything" : "only look";
}

export function showKeys(keys: readonly DescribedKey[], terminal: Terminal): void {
  if (keys.length === 0) terminal.note("There are no keys. `millrace keys create USER` makes one.");
  const width = Math.max(...keys.map(({ user }) => user.length));
  for (const { accessKeyId, user, access, hasPolicy, status, createdAt, expiresAt } of keys) {
    const until = expiresAt === undefined ? "" : `, until ${expiresAt}`;
    const who = `${user.padEnd(width)}  ${access.padEnd("read-only".length)}  ${hasPolicy ? "policy" : "      "}`;
    terminal.print(`${accessKeyId}  ${who}  ${status}, since ${createdAt}${until}`);
  }
}
