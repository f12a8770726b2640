import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { connectors } from "../../../connectors/index.ts";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createSealedVault } from "../../../src/adapters/local/sealed-vault.ts";
import { createSqliteStores } from "../../../src/adapters/local/sqlite-stores.ts";
import { waysToFind } from "../../support/find-secret.ts";
import { createTestApp, dump, PLACE, post } from "../../support/test-app.ts";

/*
 * A profile and its credentials are in two places, and no write reaches both. Here every call of either place fails once,
 * before it takes effect or after: what is left must always be whole.
 */

const OLD = { site: "https://old.example", apiKey: "canary-old" };
const NEW = { site: "https://new.example", apiKey: "canary-new" };

type Moment = "before" | "after";

function openWorld() {
  const database = openDatabase(":memory:");
  const stores = createSqliteStores(database);
  const vault = createSealedVault({ database, key: new Uint8Array(32), place: PLACE });
  /** How many calls from now the one is that fails. */
  let fault: { left: number; readonly moment: Moment } | undefined;
  const secrets = new Set<string>();

  const failing = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          const now = fault !== undefined && --fault.left === 0 ? fault.moment : undefined;
          if (now === "before") throw new Error(`${String(name)} of the test failed`);
          const result = await method.apply(target, args);
          if (now === "after") throw new Error(`${String(name)} of the test took effect, and nobody was told`);
          return result;
        };
      },
    });
  const counted = {
    ...vault,
    async create(...args: Parameters<typeof vault.create>) {
      const arn = await vault.create(...args);
      secrets.add(arn);
      return arn;
    },
    async delete(arn: string) {
      await vault.delete(arn);
      secrets.delete(arn);
    },
  };
  const ports = {
    ...stores,
    profiles: failing(stores.profiles),
    calls: failing(stores.calls),
    flows: failing(stores.flows),
    vault: failing(counted),
  };
  const app = createTestApp({ connectors, config: { callers: "anyone" }, ports });
  return {
    app,
    secrets,
    /** Makes the call with that fault; whether a call was left that could fail. */
    async withFault<T>(left: number, moment: Moment, call: () => Promise<T>) {
      fault = { left, moment };
      const answer = await call();
      const happened = fault.left <= 0;
      fault = undefined;
      return { answer, happened };
    },
    /** The profile as it stands: where, and what opens it. */
    async state() {
      const profile = await stores.profiles.get("crm");
      if (profile === undefined) return undefined;
      const { instanceUrl: site } = profile.properties["Datadog"] as { readonly instanceUrl: string };
      return { site, apiKey: (await vault.read(profile.credentialsArn))?.credentials["apiKey"] };
    },
    dump: () => dump(database),
    close: () => database.close(),
  };
}

type World = ReturnType<typeof openWorld>;

const create = ({ app }: World, what: typeof OLD, clientToken?: string) =>
  post(app, "/create-connector-profile", { connectorType: "Datadog", ...body(what), clientToken });
const update = ({ app }: World, what: typeof OLD, clientToken?: string) =>
  post(app, "/update-connector-profile", { ...body(what), clientToken });
const remove = ({ app }: World) => post(app, "/delete-connector-profile", { connectorProfileName: "crm" });

function body({ site, apiKey }: typeof OLD): object {
  return {
    connectorProfileName: "crm",
    connectionMode: "Public",
    connectorProfileConfig: {
      connectorProfileProperties: { Datadog: { instanceUrl: site } },
      connectorProfileCredentials: { Datadog: { apiKey, applicationKey: `${apiKey}-app` } },
    },
  };
}

/** Nobody is told a secret: neither the caller nor whoever reads the log or the database. */
function expectNothingTold({ app, dump: stored }: World, ...answers: readonly unknown[]): void {
  const told = inspect([answers, app.reports], { depth: 20 });
  expect(waysToFind("canary", told + stored())).toEqual([]);
}

const MOMENTS: readonly Moment[] = ["before", "after"];
const TOKENS = [undefined, "t-1"];
const cases = MOMENTS.flatMap((moment) => TOKENS.map((token) => [moment, token] as const));

describe.each(cases)("a fault in the middle, %s a call takes effect, with the client token %s", (moment, token) => {
  it("leaves a profile that is updated with the old credentials or the new ones, and the next call heals it", async () => {
    const states: unknown[] = [];
    for (let at = 1, happened = true; happened; at++) {
      const world = openWorld();
      await create(world, OLD);

      const faulty = await world.withFault(at, moment, () => update(world, NEW, token));
      const meanwhile = await world.state();
      const repeated = await update(world, NEW, token);

      expect([200, 500]).toContain(faulty.answer.status);
      expect([OLD, NEW]).toContainEqual(meanwhile);
      if (faulty.answer.status === 200) expect(meanwhile).toEqual(NEW);
      expect(repeated).toMatchObject({ status: 200, body: { connectorProfileArn: expect.stringMatching(/crm$/) } });
      expect(await world.state()).toEqual(NEW);
      // What is left over belongs to no profile, and does no harm.
      expect(world.secrets.size).toBeLessThanOrEqual(2);
      expectNothingTold(world, faulty.answer, repeated);
      states.push(meanwhile);
      ({ happened } = faulty);
      world.close();
    }

    for (const state of [OLD, NEW]) expect(states).toContainEqual(state);
    expect(states.length).toBeGreaterThan(4);
  });

  it("leaves a whole profile or none when one is created, and the next call makes it or says that it is there", async () => {
    const states: unknown[] = [];
    for (let at = 1, happened = true; happened; at++) {
      const world = openWorld();

      const faulty = await world.withFault(at, moment, () => create(world, NEW, token));
      const meanwhile = await world.state();
      const repeated = await create(world, NEW, token);

      expect([undefined, NEW]).toContainEqual(meanwhile);
      expect(repeated.status).toBe(meanwhile !== undefined && token === undefined ? 409 : 200);
      expect(await world.state()).toEqual(NEW);
      expect(world.secrets.size).toBeLessThanOrEqual(2);
      expectNothingTold(world, faulty.answer, repeated);
      states.push(meanwhile);
      ({ happened } = faulty);
      world.close();
    }

    for (const state of [undefined, NEW]) expect(states).toContainEqual(state);
    expect(states.length).toBeGreaterThan(3);
  });
});

it.each(MOMENTS)(
  "a fault %s a call takes effect leaves a whole profile or none when one is deleted",
  async (moment) => {
    const states: unknown[] = [];
    for (let at = 1, happened = true; happened; at++) {
      const world = openWorld();
      await create(world, OLD);

      const faulty = await world.withFault(at, moment, () => remove(world));
      const meanwhile = await world.state();
      const repeated = await remove(world);

      expect([undefined, OLD]).toContainEqual(meanwhile);
      expect(repeated.status).toBe(meanwhile === undefined ? 404 : 200);
      expect(await world.state()).toBeUndefined();
      expectNothingTold(world, faulty.answer, repeated);
      states.push(meanwhile);
      ({ happened } = faulty);
      world.close();
    }

    for (const state of [undefined, OLD]) expect(states).toContainEqual(state);
  },
);
