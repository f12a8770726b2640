import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RegistrationStore } from "../../src/connection/registration-store.ts";
import { sampleRegistration } from "../support/sample-profile.ts";
import { namedStoreContract } from "./named-store.ts";
import type { StoresCase, StoresUnderTest } from "./stores.ts";

/** Everything that a `RegistrationStore` promises. */
export function registrationStoreContract(subject: StoresCase): void {
  describe(`registration store: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let store: RegistrationStore;
    let other: RegistrationStore;

    beforeAll(async () => {
      opened = await subject.open();
      [store, other] = [opened.stores.registrations, opened.others.registrations];
    });

    afterAll(() => opened.close());

    namedStoreContract({
      opened: () => ({ store, other }),
      nameOf: (registration) => registration.label,
      sample: (label, version = 1, text) =>
        sampleRegistration(label, { version, ...(text !== undefined && { description: text }) }),
      endings: ["B", "a", "a.b", "a-b", "a_b", "a!", "a@b", "a1", "a10", "a2", "z#1"],
    });

    it("takes the names of fields for data", async () => {
      const registration = sampleRegistration("hostile", {
        configuration: JSON.parse('{"__proto__":{"":[1.5,null,true]},"constructor":{}}'),
      });

      await store.create(registration);

      expect(await other.get("hostile")).toEqual(registration);
      expect(Object.keys((await other.get("hostile"))!.configuration)).toEqual(["__proto__", "constructor"]);
    });
  });
}
