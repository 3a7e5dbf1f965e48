package present

// param names the explanation of a parameter in a message.
func param(context, name string) ExplainRef {
	return ExplainRef{Kind: "parameter " + context, Name: name}
}

// short is the explanation in a few words.
func short(kind, name string) string { return "" }
