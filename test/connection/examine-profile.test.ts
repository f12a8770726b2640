import { describe, expect, it } from "vitest";
import template from "../../connectors/_template/index.ts";
import { examineProfile } from "../../src/connection/examine-profile.ts";
import type { Finding } from "../../src/connection/finding.ts";
import { createConnect } from "../../src/connection/open-connection.ts";
import type { Connector } from "../../src/sdk/connector.ts";
import { type Acme, startAcme } from "../connectors/_template/stand-in.ts";
import { collect } from "../support/collect.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { openProfileWorld } from "../support/saas/profile-world.ts";

/** Of a connector that knows its entities by itself. */
async function examine(connector: Connector, prepare: (acme: Acme) => void): Promise<readonly Finding[]> {
  await using standIn = await startAcme(20);
  const options = { properties: { instanceUrl: standIn.origin }, credentials: { apiKey: standIn.apiKey } };
  await using world = await openProfileWorld({ connector, standIn, ...options });
  const { ports, profile } = world;
  prepare(standIn);
  const { signal } = new AbortController();
  const browsed = { connector, profile, registration: undefined, apiVersion: undefined };
  return await collect(
    examineProfile(browsed, {
      ...ports,
      browse: (send) => ({
        functions: { invoke: () => Promise.reject(new Error("There are no functions.")) },
        metadata: {
          get: () => Promise.resolve(undefined),
          put: () => Promise.resolve(),
          reset: () => Promise.resolve(),
        },
        wait: ports.wait,
        now: ports.now,
        async openSession() {
          const connection = await createConnect({ ...ports, send })(connector, profile.name, {
            signal,
            deadline: Infinity,
          });
          return { objects: new MemoryObjectStore([]), connection, signal, sample: () => Promise.resolve([]) };
        },
      }),
    }),
  );
}

const stateOf = (found: readonly Finding[]) => found.map(({ check, state }) => `${check} ${state}`);

describe("a profile whose connector knows its entities by itself", () => {
  it("is examined by what the connector says that every profile may read", async () => {
    const found = await examine(template, () => {});

    expect(stateOf(found)).toEqual(["credentials ok", "reach ok", "permissions ok", "clock ok", "quota unknown"]);
    expect(found[2]!.message).toBe("/v1/people?limit=1 can be read");
  });

  it("is not said to be well when its key is none", async () => {
    const found = await examine(template, (acme) => acme.tokens.revokeAll());

    expect(stateOf(found).slice(0, 3)).toEqual(["credentials ok", "reach ok", "credentials wrong"]);
  });

  it("is not said to be well where the connector says nothing", async () => {
    const { probe: _, ...http } = template.profile!.http!;
    const silent = { ...template, profile: { ...template.profile!, http } };

    const found = await examine(silent, (acme) => acme.tokens.revokeAll());

    expect(stateOf(found).slice(0, 3)).toEqual(["credentials ok", "reach ok", "permissions unknown"]);
  });
});
