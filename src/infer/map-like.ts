const ID_LIKE = [
  /^\d+$/,
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /^[0-9a-f]{24}$/i,
  /^\d{4}-\d{2}(-\d{2})?/,
  /^-[A-Za-z0-9_-]{19}$/,
  /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{12,36}$/,
  /^[A-Za-z]{1,12}[-_:]?\d+$/,
  /^[^@\s]+@[^@\s]+$/,
]

/**
 * True when a member name looks like an id (number, UUID, ObjectId, date, push id, nanoid, `user12`, e-mail address)
 * rather than the name of a field: the object that holds it is then a map.
 */
export function isIdLike(name: string): boolean {
  return ID_LIKE.some((pattern) => pattern.test(name))
}
