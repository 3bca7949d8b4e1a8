import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import { type Site, snowflakeAdminProfile, snowflakeProfile } from "./names.ts";

export interface Providers {
  aws: aws.Provider;
  snowflake: snowflake.Provider;
  /** The same account as ACCOUNTADMIN: for monitors and the warehouses they watch alone. */
  snowflakeAdmin: snowflake.Provider;
}

/**
 * The providers of an environment, one process each. Who signs in is not said here: the shell or the workflow
 * that runs Pulumi brings short-lived credentials, and none comes into the state. For Snowflake they stand, with the
 * role, in profiles of `~/.snowflake/config`: so a preview signs in with a role that may do nothing, and yet sees
 * the provider it would see with any other.
 *
 * `allowedAccountIds` refuses another account before anything is made. Snowflake lets nobody but ACCOUNTADMIN
 * make a resource monitor or give one to a warehouse, and that cannot be granted: hence the third.
 *
 * @see https://docs.snowflake.com/en/user-guide/resource-monitors
 */
export function openProviders({ environment }: Site): Providers {
  const { cloud, name } = environment;
  const account = {
    organizationName: cloud.snowflake.organization,
    accountName: cloud.snowflake.account,
  };
  return {
    aws: new aws.Provider(`aws-${name}`, {
      region: cloud.region as aws.Region,
      allowedAccountIds: [cloud.account],
      defaultTags: {
        tags: { Environment: name, Platform: "firn", Owner: cloud.owner, CostCenter: cloud.costCenter },
      },
    }),
    snowflake: new snowflake.Provider(
      `snowflake-${name}`,
      {
        ...account,
        profile: snowflakeProfile,
        previewFeaturesEnabled: [
          "snowflake_storage_integration_resource",
          "snowflake_stage_resource",
          "snowflake_procedure_sql_resource",
        ],
      },
      declaredOnly,
    ),
    snowflakeAdmin: new snowflake.Provider(
      `snowflake-admin-${name}`,
      { ...account, profile: snowflakeAdminProfile },
      declaredOnly,
    ),
  };
}

/**
 * For each of Snowflake's providers: the SDK copies variables of the shell into the provider's arguments, and so
 * into the state, SNOWFLAKE_PASSWORD in clear text. The provider's process reads them itself.
 */
const declaredOnly: pulumi.CustomResourceOptions = {
  transformations: [
    ({ props, opts }) => ({
      props: Object.fromEntries(Object.entries(props).filter(([name]) => !ofTheShell.includes(name))),
      opts,
    }),
  ],
};
const ofTheShell = ["password", "privateKeyPassphrase", "host", "port", "protocol", "role", "warehouse"];
