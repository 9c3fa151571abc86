/**
 * The one function of the package `pgpass`, which brings no types: gives the password of the first line that
 * fits, or none.
 */
declare module 'pgpass' {
  export default function pgpass(
    connection: {
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
    },
    found: (password: string | undefined) => void,
  ): void;
}
