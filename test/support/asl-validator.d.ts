/** The package brings no types of its own; this is the part that the tests use. */
declare module "asl-validator" {
  export default function validate(
    definition: object,
    options?: { checkPaths?: boolean; checkArn?: boolean },
  ): { isValid: boolean; errors: unknown[] };
}
