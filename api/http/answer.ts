/**
 * The type of a handler's answer, made from the schemas of its route. A handler that leaves out a field, gives it another type or adds one
 * that the schema lacks does not compile, so the description cannot drift from the code.
 */
import type { Readable } from 'node:stream';
import type { z } from 'zod';

/** Successful answers by status. Without a schema: no JSON, or none of ours. */
export type Answers = Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;

/** An answer as it is sent. */
export interface Answer {
  readonly status: number;
  /** An object is sent as JSON, a string or a stream as it is. */
  readonly body: unknown;
  /** Content type of a string. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bodies that a route may answer with. Types do not see the pieces of a stream; tests check those. */
export type BodyOf<All extends Answers> = {
  [Status in keyof All & number]: All[Status] extends { readonly schema: infer Schema extends z.ZodType }
    ? Frozen<z.output<Schema>> | Readable
    : unknown;
}[keyof All & number];

type Plain = string | number | boolean | bigint | null | undefined;

/** The same type, read-only: answers come from queries, whose results must not be changed. */
type Frozen<Value> = Value extends Plain
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : { readonly [Key in keyof Value]: Frozen<Value[Key]> };

type KeysOf<Union> = Union extends unknown ? keyof Union : never;
type At<Union, Key> = Union extends unknown ? (Key extends keyof Union ? Union[Key] : never) : never;
type ItemOf<Union> = Union extends readonly (infer Item)[] ? Item : never;

/**
 * Names of fields, at any depth, that a value has and its shape lacks. `never`: there are none. TypeScript alone
 * accepts them.
 */
export type Surplus<Value, Shape> = Value extends Plain | Readable
  ? never
  : Value extends readonly (infer Item)[]
    ? Surplus<Item, ItemOf<Shape>>
    : string extends KeysOf<Exclude<Shape, Plain>>
      ? never
      : | Exclude<keyof Value, KeysOf<Exclude<Shape, Plain>>>
        | {
            [Key in keyof Value]-?: Key extends KeysOf<Exclude<Shape, Plain>>
              ? Surplus<Value[Key], At<Exclude<Shape, Plain>, Key>>
              : never;
          }[keyof Value];
