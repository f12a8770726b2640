/**
 * What the names of all profiles' secrets begin with: AppFlow's, and those on a laptop; ours in Secrets Manager, which
 * takes a `!` from AWS's own services alone
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html).
 */
export const SECRET_PREFIX = { appflow: "appflow!", secretsManager: "millrace/" } as const;

/**
 * What tells one secret from another behind the part that all secrets of a vault begin with. `id` makes it unique; `name`
 * is for people and for policies, and what a secret's name cannot hold becomes a hyphen in it:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
export function secretName(name: string, id: string): string {
  return `${name.replaceAll(/[^\w+=.@-]/g, "-").slice(0, MAX_NAME)}-${id}`;
}

/** Names of profiles are at most this long. */
const MAX_NAME = 256;

/**
 * Whether an ARN is that of a secret which holds the credentials of some profile: these are for that profile alone.
 * Whoever may make a profile could otherwise name the secret of another one, and have the engine, which may read it, use
 * for them what they may not read themselves.
 */
export function isProfileSecret(arn: string): boolean {
  return Object.values(SECRET_PREFIX).some((prefix) => arn.includes(`:secret:${prefix}`));
}
