import marketo from "../../../connectors/marketo/index.ts";
import { sourceContract } from "../../contract/source.ts";
import { failure, startMarketo } from "../../support/saas/marketo-server.ts";

sourceContract({
  connector: marketo,
  async open() {
    const standIn = await startMarketo({ pageSize: 20, now: Date.UTC(2006, 2, 10) });
    const start = standIn.time.now() - 86_400_000;
    const at = (id: number) => new Date(start + Math.floor(id / 3) * 1000).toISOString().replace(".000", "");
    for (let id = 1; id <= 90; id++) {
      const times = { createdAt: new Date(start).toISOString(), updatedAt: at(id) };
      const list = { id, name: `name ${id}`, ...times };
      standIn.put("campaigns", list);
      standIn.put("programs", { ...list, updatedAt: `${times.updatedAt}+0000` });
      standIn.put("leads", { ...times, id, email: `ann${id}@example.com`, company: "Acme" });
      const activity = { marketoGUID: `guid ${id}`, leadId: id, activityDate: at(id), activityTypeId: 1 };
      standIn.put("activities", { ...activity, attributes: [{ name: "Page", value: "a,b" }] });
      standIn.put("leadchanges", { ...activity, id, fields: [] });
    }
    const toMs = (text: string) => Date.parse(text);
    const updatedAt = { field: "updatedAt", toMs };
    const activityDate = { field: "activityDate", toMs };
    const named = { key: "id", count: 90, text: "name" };
    const filter = { operator: "greater", values: [String(start + 10_000)], dataType: "datetime" } as const;
    return {
      standIn,
      properties: { instanceUrl: standIn.origin },
      credentials: standIn.credentials,
      renews: true,
      objects: [
        { ...named, settings: { object: "campaigns" }, time: updatedAt },
        { ...named, settings: { object: "programs" }, time: updatedAt },
        {
          settings: { object: "leadchanges" },
          key: "id",
          count: 90,
          text: "marketoGUID",
          time: activityDate,
          before: 1,
        },
        { settings: { object: "leads" }, key: "id", count: 90, text: "soap", time: updatedAt, hasSteps: true },
        {
          settings: { object: "activities" },
          key: "marketoGUID",
          count: 90,
          text: "name",
          time: activityDate,
          hasSteps: true,
        },
      ],
      empty: { object: "lists" },
      filters: [
        { settings: { object: "programs" }, filter: { ...filter, field: "updatedAt" } },
        { settings: { object: "leads" }, filter: { ...filter, field: "updatedAt" } },
        { settings: { object: "activities" }, filter: { ...filter, field: "activityDate" } },
      ],
      forbidden: failure("603", "Access denied"),
      tooMany: failure("606", "Max rate limit '100' exceeded with in '20' secs"),
    };
  },
});
