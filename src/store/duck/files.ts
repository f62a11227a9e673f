/** Durable file operations: what is said to be there survives a power cut. */
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, UserError } from '../../base/errors.ts';

/** Makes the creation, renaming and removal of the folder's entries durable. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders, and needs no such call.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Syncs a finished file and gives it its name; a crash leaves the old state or the new one. */
export async function publish(temporary: string, path: string): Promise<void> {
  const file = await open(temporary, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Writes every byte, or throws: a full disk may take a part of them. */
export async function writeAll(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** What a person is told when the data folder takes no more. */
export function writeError(error: unknown): UserError {
  return new UserError(
    'store.write',
    `Cannot write to the data folder: ${messageOf(error)}`,
    'free some space or check the permissions of the folder; storing goes on by itself then',
  );
}
