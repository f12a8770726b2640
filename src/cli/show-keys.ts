import type { IssuedKey } from "../adapters/local/sealed-key-store.ts";
import type { Terminal } from "./terminal.ts";

/** A key for machines, without its secret. Times are ISO 8601. */
export type DescribedKey = {
  readonly accessKeyId: string;
  readonly user: string;
  readonly access: string;
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
export function showNewKey({ accessKeyId, user, access }: DescribedKey, secret: string, terminal: Terminal): void {
  const may = access === "full" ? "may do everything" : "may only look";
  terminal.note(`A new key: whoever has it is ${user}, and ${may}. Its secret is not shown again.`);
  terminal.print(`export AWS_ACCESS_KEY_ID=${accessKeyId}\nexport AWS_SECRET_ACCESS_KEY=${secret}`);
}

export function showKeys(keys: readonly DescribedKey[], terminal: Terminal): void {
  if (keys.length === 0) terminal.note("There are no keys. `millrace keys create USER` makes one.");
  const width = Math.max(...keys.map(({ user }) => user.length));
  for (const { accessKeyId, user, access, status, createdAt, expiresAt } of keys) {
    const until = expiresAt === undefined ? "" : `, until ${expiresAt}`;
    const who = `${user.padEnd(width)}  ${access.padEnd("read-only".length)}`;
    terminal.print(`${accessKeyId}  ${who}  ${status}, since ${createdAt}${until}`);
  }
}
