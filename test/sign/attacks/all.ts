/**
 * All attacks except the bombs.
 *
 * @module
 */
import { algorithmAttacks } from './algorithms.js'
import { certificateAttacks } from './certificates.js'
import type { Attack, Material } from './corpus.js'
import { keyAttacks } from './keys.js'
import { referenceAttacks } from './references.js'
import { structureAttacks } from './structure.js'
import { syntaxAttacks } from './syntax.js'
import { wrappingAttacks } from './wrapping.js'

export async function allAttacks(material: Material): Promise<Attack[]> {
  return [
    ...wrappingAttacks(material),
    ...structureAttacks(material),
    ...referenceAttacks(material),
    ...algorithmAttacks(material),
    ...syntaxAttacks(material),
    ...keyAttacks(material),
    ...(await certificateAttacks(material)),
  ]
}
