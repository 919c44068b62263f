import type { Brand } from '../domain/orders/brand.ts';
import { readYamlFile } from '../kit/yaml-file.ts';
import { brandSchema } from './schema.ts';

/** A brand's file. Throws FileMistakes with file, line and column, or the file system's own error. */
export function loadBrand(path: string | URL, shown: string = String(path)): Brand {
  return readYamlFile(path, shown, brandSchema).value;
}
