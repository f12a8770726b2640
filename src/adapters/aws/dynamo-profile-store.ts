import type { ProfileFilter, ProfileStore } from "../../connection/profile-store.ts";
import type { Profile } from "../../connection/profile.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { createThings } from "./dynamo-things.ts";
import { LISTS, thingKey } from "./table.ts";

/** Keeps profiles in the table. The right to renew is in two attributes that no change of the profile touches. */
export function createDynamoProfileStore(table: DynamoTable): ProfileStore {
  const things = createThings<Profile>(table, { kind: "profile", nameOf: (profile) => profile.name, listsOf });
  return {
    ...things,
    list: (limit, filter) => things.list(listOf(filter), limit, filter.after),
    count: (limit) => table.count(LISTS.profiles, limit),

    async claimRenewal(name, { holder, now, until }) {
      const failed = await table.write([
        {
          update: thingKey("profile", name),
          set: { renewalHolder: holder, renewalUntil: until },
          if: {
            expression:
              "attribute_exists(#pk) AND " +
              "(attribute_not_exists(#renewalUntil) OR #renewalUntil <= :now OR #renewalHolder = :holder)",
            values: { ":now": now, ":holder": holder },
          },
        },
      ]);
      return failed.length === 0;
    },

    async releaseRenewal(name, holder) {
      await table.write([
        {
          update: thingKey("profile", name),
          remove: ["renewalHolder", "renewalUntil"],
          if: { expression: "#renewalHolder = :holder", values: { ":holder": holder } },
        },
      ]);
    },
  };
}

function listsOf({ connector, label }: Profile): readonly string[] {
  const lists = [LISTS.profiles, LISTS.profilesOf(connector)];
  return label === undefined
    ? lists
    : [...lists, LISTS.profilesLabelled(label), LISTS.profilesOfLabelled(connector, label)];
}

function listOf({ connector, label }: ProfileFilter): string {
  if (connector !== undefined && label !== undefined) return LISTS.profilesOfLabelled(connector, label);
  if (label !== undefined) return LISTS.profilesLabelled(label);
  return connector === undefined ? LISTS.profiles : LISTS.profilesOf(connector);
}
