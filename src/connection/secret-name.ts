/**
 * The name of a secret as AppFlow makes them, so that policies for `appflow!…` hold for ours too:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
 * `id` makes it unique; `name` is for people, and what a secret's name cannot hold becomes a hyphen in it.
 */
export function secretName(account: string, name: string, id: string): string {
  return `appflow!${account}-${name.replaceAll(/[^\w+=.@-]/g, "-").slice(0, MAX_NAME)}-${id}`;
}

/** Names of profiles are at most this long. */
const MAX_NAME = 256;

/**
 * Whether an ARN is that of a secret which holds the credentials of some profile: these are for that profile alone.
 * Whoever may make a profile could otherwise name the secret of another one, and have the engine, which may read it, use
 * for them what they may not read themselves.
 */
export function isProfileSecret(arn: string): boolean {
  return arn.includes(":secret:appflow!");
}
