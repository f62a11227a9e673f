/** React comes without types of its own; this is what is used of it. */
declare module 'react' {
  export type ReactNode = object | string | null;
  export function createElement<P>(
    type: (props: P) => ReactNode,
    props: P,
    ...children: readonly ReactNode[]
  ): ReactNode;
}
