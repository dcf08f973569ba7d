/**
 * The name under which a `values` collection stands in `store_values`. It is the member's own name; one that no text
 * column holds (U+0000, a lone surrogate) stands as its JSON spelling.
 */
export function valuesRowName(name: string): string {
  return name.includes('\0') || !name.isWellFormed() ? JSON.stringify(name) : name
}
