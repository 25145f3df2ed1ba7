import { getMetadataStorage, ValidationTypes } from 'class-validator';
import type { MetadataStorage } from 'class-validator';

type Metadata = ReturnType<MetadataStorage['getTargetValidationMetadatas']>[number];

/** Whether the value may stand in a field of the object. */
type Rule = (object: object, value: unknown) => boolean;

/** What a class says of one of its fields. */
interface Field {
  /** Where one of them says no, the rules do not count. */
  readonly conditions: readonly Rule[];
  readonly rules: readonly Rule[];
}

const known = new WeakMap<object, ReadonlyMap<string, Field>>();

/**
 * Whether an object keeps all rules of its class, by those very rules. class-validator gathers them anew for each object,
 * and prepares a report on each field; it is to be asked where the answer is no, which may be for want of a closer look.
 */
export function isFaultless(object: object): boolean {
  const fields = fieldsOf(object.constructor);
  for (const name of Object.keys(object)) if (!fields.has(name)) return false;
  for (const [name, { conditions, rules }] of fields) {
    const value = (object as Record<string, unknown>)[name];
    if (allHold(conditions, object, value) && !allHold(rules, object, value)) return false;
  }
  return true;
}

function allHold(rules: readonly Rule[], object: object, value: unknown): boolean {
  for (const holds of rules) if (!holds(object, value)) return false;
  return true;
}

function fieldsOf(kind: Function): ReadonlyMap<string, Field> {
  const found = known.get(kind) ?? gather(kind);
  known.set(kind, found);
  return found;
}

function gather(kind: Function): ReadonlyMap<string, Field> {
  const storage = getMetadataStorage();
  const metadatas = storage.getTargetValidationMetadatas(kind, '', false, false);
  const byName = Object.entries(storage.groupByPropertyName(metadatas));
  return new Map(byName.map(([name, ofField]) => [name, fieldOf(ofField)]));
}

function fieldOf(metadatas: readonly Metadata[]): Field {
  const isCondition = ({ type }: Metadata): boolean => type === ValidationTypes.CONDITIONAL_VALIDATION;
  return {
    conditions: metadatas.filter(isCondition).map(({ constraints: [holds] }) => holds as Rule),
    rules: metadatas.filter((metadata) => !isCondition(metadata)).map(ruleOf),
  };
}

function ruleOf(metadata: Metadata): Rule {
  if (metadata.type === ValidationTypes.NESTED_VALIDATION) return areFaultless;
  const isPlain = metadata.type === ValidationTypes.CUSTOM_VALIDATION && !metadata.each;
  if (!isPlain || metadata.validateIf !== undefined) return () => false;
  const { constraintCls, propertyName: property, constraints } = metadata;
  const validators = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  return (object, value) => {
    const args = { targetName: object.constructor.name, property, object, value, constraints };
    return validators.every(({ instance }) => instance.validate(value, args) === true);
  };
}

const areFaultless: Rule = (_, value) =>
  Array.isArray(value) &&
  value.every((item: unknown) => typeof item === 'object' && item !== null && isFaultless(item));
