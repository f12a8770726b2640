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
