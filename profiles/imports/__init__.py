"""One file on its way into a source: from the upload to the snapshot that is used from then on."""
