import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";

const inforNexus: Connector = {
  type: "Infornexus",
  key: "InforNexus",
  label: "Infor Nexus",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/infor-nexus.html",
  profile: { auth: ["custom"], check: () => [] },
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: USUAL_DESTINATIONS,
    check: () => [],
    describeObject: namedBy("infornexus"),
  },
};

export default inforNexus;
