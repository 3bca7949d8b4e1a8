/**
 * What the emulators of AWS cannot do as AWS does. The rest is applied in full; a line that is not needed any more
 * fails the tests, so the list stays as short as it can be.
 */

/** Not applied, but previewed with every check of the provider. By type, or by type and a part of the name. */
export const onlyPreviewed: { type: string; name?: RegExp; reason: string }[] = [];

/** Properties that an emulator forgets or writes otherwise, so that a refresh sees them differ. */
export const forgotten: { type: string; properties: string[]; reason: string }[] = [];
