import type { RegistrationStore } from "../../connection/registration-store.ts";
import type { Registration } from "../../connection/registration.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { createThings } from "./dynamo-things.ts";
import { LISTS } from "./table.ts";

/** Keeps registered connectors in the table. */
export function createDynamoRegistrationStore(table: DynamoTable): RegistrationStore {
  const things = createThings<Registration>(table, {
    kind: "registration",
    nameOf: (registration) => registration.label,
    listsOf: () => [LISTS.registrations],
  });
  return { ...things, list: (limit, after) => things.list(LISTS.registrations, limit, after) };
}
