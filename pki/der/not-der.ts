/** The bytes are not the DER encoding (X.690 §10, §11) of the expected type. Its message quotes no content. */
export class NotDer extends Error {
  override name = "NotDer";
}
