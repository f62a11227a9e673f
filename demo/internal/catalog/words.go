package catalog

import "strings"

var (
	brands     = strings.Fields("Aldermoor Brightwell Corvane Dunmere Elkstone Fernhall Greyling Harrow Ironbark Juniper Kestrel Larkspur")
	categories = strings.Fields("kitchen garden outdoor office audio lighting")
	adjectives = strings.Fields("compact folding quiet sturdy bright classic modern small large light solid handy")
	nouns      = strings.Fields("kettle lamp chair table tent speaker pan spade desk shelf bottle torch backpack stove clock radio")
	tags       = strings.Fields("new sale gift eco wood steel glass cotton travel home winter summer kids pro wireless repairable")
	words      = strings.Fields(`aluminium balanced battery bamboo bevelled brushed cable carry ceramic charge clean
		clip coat cold compact cork cotton cover cut deep dry durable easy edge even fast fibre filter fine finish fit
		flat fold frame fresh garden glass grip guard hand heat hinge hook indoor insulated joint keep kitchen large
		leather lid light linen long lock machine matte metal mild mount natural oak oil outdoor padded pair pocket
		polished pour press quiet rack rain recycled reliable ring robust rubber safe seal season shade sharp shelf
		silicone simple slim smooth soft solid spare spring stack stainless stand steel stone store strap strong
		switch table tall thick tight tool tough trim twist warm wash water weather wide wind wood wool wrap`)
)

// Words returns the vocabulary of the descriptions, for queries that find
// something.
func Words() []string { return words }

// Categories returns the names of the categories.
func Categories() []string { return categories }
