import { randomUUID } from "node:crypto";
import { connectors } from "../../connectors/index.ts";
import { lambdaFunctionsWhenCalled } from "../adapters/aws/lambda-functions-when-called.ts";
import { readConfig } from "../config.ts";
import type { Browsed, BrowsePorts } from "../connection/browse-entities.ts";
import type { MetadataCache } from "../connection/metadata-cache.ts";
import type { Profile } from "../connection/profile.ts";
import { renewProfile } from "../connection/renew-profile.ts";
import { sampleFields } from "../engine/sample-fields.ts";
import { didYouMean } from "../flow/closest.ts";
import { NO_CONNECTION } from "../sdk/http/connection.ts";
import { UsageError } from "./commands/command.ts";
import type { OpenProfiles } from "./open-profiles.ts";

/** What a profile of that name lets us look at. Fails with a `UsageError` when there is none. */
export async function findBrowsed(
  name: string,
  { stores }: Pick<OpenProfiles, "stores">,
): Promise<Browsed & { readonly profile: Profile }> {
  const profile = await stores.profiles.get(name);
  if (profile === undefined) {
    const names = (await stores.profiles.list(MAX_NAMED, {})).map((each) => each.name);
    const remedy = didYouMean(name, names) ?? (names.length === 0 ? "there are none" : `there are ${names.join(", ")}`);
    throw new UsageError(`there is no connector profile ${name} — ${remedy}`);
  }
  const connector = connectors.find(({ type }) => type === profile.connector);
  if (connector === undefined) throw new UsageError(`the profile ${name} is of ${profile.connector}, which is gone`);
  const { label } = profile;
  const registration = label === undefined ? undefined : await stores.registrations.get(label);
  if (label !== undefined && registration === undefined) {
    throw new UsageError(`the profile ${name} is of the connector ${label}, which is not registered any more`);
  }
  return { connector, profile, registration, apiVersion: undefined };
}

const MAX_NAMED = 100;

/** How long it waits for what may pass: somebody sits in front of it. */
const PATIENCE_MS = 10_000;

/** The way to look through it. Nothing is remembered: whoever looks wants to see what is there. */
export function browsePorts(
  { stores, vault, send, connect }: Omit<OpenProfiles, "close">,
  signal: AbortSignal,
): BrowsePorts {
  const { place, lambdaEndpoint } = readConfig();
  const { now, wait, objects } = stores;
  return {
    functions: lambdaFunctionsWhenCalled({ region: place.region, endpoint: lambdaEndpoint }),
    metadata: NOTHING_REMEMBERED,
    async openSession(connector, profile) {
      const scope = { signal, deadline: now() + PATIENCE_MS };
      const connection = profile === undefined ? NO_CONNECTION : await connect(connector, profile.name, scope);
      return { objects, connection, signal, sample: (pages) => sampleFields(pages, signal) };
    },
    renewTokens: (profile) => renewProfile(profile, connectors, { ...stores, vault, send, id: randomUUID }),
    wait,
    now,
  };
}

const NOTHING_REMEMBERED: MetadataCache = {
  get: () => Promise.resolve(undefined),
  put: () => Promise.resolve(),
  reset: () => Promise.resolve(),
};
