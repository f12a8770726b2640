import { namedBy } from "#sdk";
import type { Connector } from "#sdk";

const customerProfiles: Connector = {
  type: "CustomerProfiles",
  key: "CustomerProfiles",
  label: "Amazon Connect Customer Profiles",
  docs: "https://docs.aws.amazon.com/appflow/1.0/APIReference/API_CustomerProfilesDestinationProperties.html",
  metadata: {},
  destination: {
    delivery: "append",
    check: () => [],
    describeObject: namedBy("customerprofiles", "domainName"),
  },
};

export default customerProfiles;
