import zendesk from "../../../connectors/zendesk/index.ts";
import { sourceContract } from "../../contract/source.ts";
import { startZendesk } from "../../support/saas/zendesk-server.ts";

sourceContract({
  connector: zendesk,
  async open() {
    const standIn = await startZendesk({ exportSize: 20, listSize: 10, exportsPerMinute: 10 });
    const start = standIn.time.now() - 86_400_000;
    for (let id = 1; id <= 90; id++) {
      // Three records of each second, so that pages end within one.
      const seconds = start / 1000 + Math.floor(id / 3);
      const updated_at = new Date(seconds * 1000).toISOString();
      const record = { id, name: `name ${id}`, created_at: new Date(start).toISOString(), updated_at };
      standIn.put("tickets", { ...record, subject: `subject ${id}`, generated_timestamp: seconds });
      for (const object of ["users", "organizations", "groups", "sla_policies"]) standIn.put(object, record);
    }
    const time = { field: "updated_at", toMs: (text: string) => Date.parse(text) };
    const seconds = { field: "generated_timestamp", toMs: (text: string) => Number(text) * 1000 };
    const object = (name: string, text = "name") => {
      return { settings: { object: name }, key: "id", count: 90, text, time };
    };
    return {
      standIn,
      properties: { instanceUrl: standIn.origin },
      credentials: standIn.credentials,
      renews: true,
      objects: [
        { ...object("tickets", "subject"), time: seconds },
        object("users"),
        object("organizations"),
        object("groups"),
        object("sla_policies"),
      ],
      empty: { object: "views" },
      filters: ["users", "organizations", "groups"].map((name) => ({
        settings: { object: name },
        filter: {
          field: "updated_at",
          operator: "greater",
          values: [String(start + 10_000)],
          dataType: "datetime",
        },
      })),
      forbidden: {
        status: 403,
        body: { error: { title: "Forbidden", message: "You do not have access to this page." } },
      },
      tooMany: { status: 429, body: { error: "RateLimited" } },
    };
  },
});
