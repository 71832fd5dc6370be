"""How a reply promises something, in English, German, French, Spanish, Portuguese and Italian.

One pattern a line, on text in small letters without accents; a line that begins with "|" goes on with the one
above. A space is any white space, `<4>` up to four words in between, and a word in capitals stands for its entry in
`SHORT`.
"""

from __future__ import annotations

KINDS = ("refund", "voucher", "replacement", "call", "answer", "other")  # where a text has several, the first counts

SHORT: dict[str, dict[str, str]] = {
    "en": {
        "WILL": r"(?:(?:we|i|our \w+|my (?:colleague|manager|boss)|a colleague|someone|somebody|one of us)"
        r"(?:'ll| will| shall|(?:'re|'m| are| am| is) going to| promise to)|(?:and|then) will)",
        "YOUWILL": r"you(?:'ll| will| shall|'re going to| are going to)",
        "ARE": r"(?:we|i)(?:'re|'m| are| am)(?: now| just)?",
        "SEND": r"(?:send|give|issue|email|mail|post|offer|ship|bring|get|put|add|leave|prepare|deliver|drop|dm"
        r"|message)",
        "SENDING": r"(?:sending|popping|putting|dropping|giving|issuing|emailing|mailing|posting|shipping|bringing)",
        "GET": r"(?:get|receive|have|be given|be sent)",
        "VOUCHER": r"(?:e-?)?(?:vouchers?|coupons?|gift ?cards?|discount codes?|promo codes?|store credit|credit notes?"
        r"|gift certificates?)",
        "NEW": r"(?:replacements?|new ones?|another|a fresh|new \w+|again)",
    },
    "de": {
        "WE": r"(?:wir|ich)",
        "THEY": r"(?:(?:die|der|unsere?) (?:chefin|chef|inhaberin|inhaber|leiterin|leiter)|eine? \w*kolleg\w+"
        r"|meine? \w*kolleg\w+|unsere? \w+|jemand)",
        "WILL": r"(?:wir werden|ich werde|werden wir|werde ich|THEY wird)",
        "YOU": r"(?:(?:sie|du|ihr) (?:bekommen|bekommst|bekommt|erhalten|erhaltst|kriegst|kriegen|haben)"
        r"|(?:bekommen|bekommst|erhalten|erhaltst|kriegst|haben) (?:sie|du|ihr))",
        "SEND": r"(?:(?:wir|ich) (?:schicken?|senden?|geben?|schenken?|mailen?|legen?|stellen?|liefern?|bringen?)"
        r"|(?:schicken?|sende|senden|geben?|schenken?|mailen?|legen?|stellen?|liefern?|bringen?) (?:wir|ich)"
        r"|und (?:schicken?|senden?|geben?|schenken?|mailen?|liefern?|bringen?)(?! sie\b))",
        "VOUCHER": r"(?:\w*gutschein\w*|rabattcode|coupon|\w*guthaben|rabatt|gutschrift)",
        "BACK": r"(?:zur(?:u|ue)ck)",
        "UE": r"(?:u|ue)",
    },
    "fr": {
        "WE": r"(?:nous|on|je|j'|notre \w+|une? collegue|ma collegue|mon collegue|quelqu'un)",
        "PRO": r"(?:(?:vous|te|t'|le|la|les|l'|lui|en|y|nous|me|m')\s*)*",
        "GO": r"(?:nous allons|on va|je vais|notre \w+ va)",
        "SEND": r"(?:WE PRO(?:envo(?:yons|ie)|enverr(?:ons|ai|a)|offr(?:ons|e|irons|irai|ira)|adress(?:ons|e|erons"
        r"|erai)|expedi(?:ons|e|erons|erai)|(?:faisons|fais|ferons|ferai) parvenir|donn(?:ons|e|erons|erai)"
        r"|prepar(?:ons|e|erons|erai))"
        r"|GO (?:\w+ )?PRO(?:envoyer|offrir|adresser|expedier|faire parvenir|donner|preparer))",
        "YOU": r"(?:vous (?:recevrez|aurez|allez recevoir)|tu (?:recevras|auras|vas recevoir))",
        "VOUCHER": r"(?:bon d'achat|bon de reduction|bon[- ]cadeau|code promo|code de reduction|un avoir"
        r"|cheque[- ]cadeau|carte[- ]cadeau|voucher|coupon|remise)",
        "NEW": r"(?:remplacement|un autre|une autre|nouveaux?|nouvelles?|nouvel|neufs?|neuves?)",
    },
    "es": {
        "YOU": r"(?:(?:le|les|te|os|se lo|se la|te lo|te la) )",
        "GO": r"(?:vamos a|voy a|mi companer[oa] va a)",
        "SEND": r"(?:envi(?:o|amos|aremos|are)|mand(?:o|amos|aremos|are)|damos|daremos|doy|dare|regal(?:o|amos|aremos)"
        r"|ofrec(?:emos|eremos|ere)|ofrezco|(?:hacemos|haremos) llegar"
        r"|GO (?:enviar|mandar|dar|regalar|ofrecer|hacer llegar)\w*)",
        "GET": r"(?:recibiras?|recibiran|tendras?|va a recibir|vas a recibir)",
        "VOUCHER": r"(?:vales?|cupon|cupones|bono|codigo (?:de )?descuento|tarjeta(?: de)? regalo|cheque regalo"
        r"|descuento)",
        "NEW": r"(?:reemplazo|repuesto|recambio|nuev[oa]s?|otr[oa]s?|sustitut[oa]|sustitucion)",
    },
    "pt": {
        "GO": r"(?:vamos|vou|iremos|irei|(?:um|uma|meu|minha) colega vai|alguem vai|nossa equip[ae] vai)",
        "ME": r"(?:-(?:lhes?|te|o|a|os|as|vos|se|lo|la))?",
        "YOU": r"(?:lhes?|te|vos)",
        "SEND": r"(?:(?:envi(?:amos|aremos|arei|o)|mand(?:amos|aremos|arei|o)|damos|daremos|darei|oferecemos"
        r"|ofereceremos|oferecerei)ME|GO (?:(?:lhes?|te) )?(?:enviar|mandar|dar|oferecer)ME)",
        "GET": r"(?:receberas?|vai receber|vais receber|teras?)",
        "VOUCHER": r"(?:vales?|vale-\w+|vouchers?|cupom|cupao|cupons|credito|cartao[- ]presente|codigo de desconto"
        r"|desconto)",
        "NEW": r"(?:substitut[oa]|substituicao|nov[oa]s?|outr[oa]s?|reposicao)",
    },
    "it": {
        "YOU": r"(?:(?:la|le|ti|vi|te l[oa]|gliel[oa]|lo|li) )",
        "SEND": r"(?:(?:invi(?:o|amo|eremo|ero)|(?:mand|port)(?:o|iamo|eremo|ero)|spedi(?:sco|amo|remo|ro)|diamo"
        r"|daremo|daro"
        r"|regal(?:o|iamo|eremo|ero)|offr(?:o|iamo|iremo|iro)|(?:faremo|facciamo|faro|faccio) avere))",
        "GET": r"(?:ricevera|riceverai|riceverete|avra|avrai|avrete)",
        "VOUCHER": r"(?:buon[oi]|voucher|coupon|codice sconto|sconto|gift card)",
        "NEW": r"(?:sostitut[oaie]\w*|sostituzione|nuov[oaie]|altr[oaie]|un altr[oa])",
    },
}

RULES: dict[str, dict[str, str]] = {
    "en": {
        "refund": r"""
            WILL <4> (?:refund|reimburse|repay)
            WILL <3> (?:give|send|get|transfer|pay|issue|process|arrange|return|credit|wire) <5> (?:refund|money
            |reimbursement|full amount|payment|your account|your card)
            WILL <5> (?:money|refund|amount) <3> (?:back|over|account|card)
            ARE (?:refunding|reimbursing|processing <3> refund|issuing <3> refund|arranging <3> refund)
            YOUWILL <2> (?:refunded|reimbursed)
            YOUWILL GET <4> (?:refund|money|reimbursement)
            (?:refund|money|amount|payment) (?:will|is going to) (?:be|arrive|reach|show) <3> (?:refunded|returned
            |back|paid|transferred|credited|issued|processed|with you|account|you)""",
        "voucher": r"""
            WILL <3> SEND <6> VOUCHER
            ARE SENDING <6> VOUCHER
            YOUWILL GET <5> VOUCHER""",
        "replacement": r"""
            WILL <3> (?:replace|exchange|swap|resend|reship|redeliver|remake|rebake)
            WILL <3> (?:SEND|have) <5> NEW
            ARE (?:replacing|exchanging|resending)
            ARE SENDING <5> NEW
            YOUWILL GET <4> (?:replacement|new one|new \w+)
            replacement will be <2> (?:sent|shipped|with you|delivered)""",
        "call": r"""
            WILL <4> (?:call|phone|ring|telephone) (?:you|back)
            WILL <3> give you (?:a|another) (?:quick )?(?:call|ring|phone call|bell)
            ARE (?:calling|phoning|ringing) you
            YOUWILL GET <3> (?:call|phone call)
            expect (?:a|our|my) (?:phone )?call""",
        "answer": r"""
            WILL <4> (?:get|come|report) back to you
            WILL <4> (?:let you know|be in touch|get in touch|reply|answer|respond|contact you|write to you|write you
            |message you|email you|update you|keep you (?:posted|updated|informed|in the loop)|follow up|look into
            |find out|investigate|check|tell you|ask (?:the|our|my))
            YOUWILL <2> hear (?:back )?from (?:us|me)
            YOUWILL GET <3> (?:answer|reply|response)
            let me (?:check|find out|look into|ask|see) <8> (?:you|back|it|this)""",
        "other": r"""
            (?:we|i) promise
            you have (?:my|our) word
            WILL have <3> (?:fixed|repaired|sorted|delivered|sent|corrected|removed|done|ready)
            WILL <3> (?:send|ship|bring|fix|repair|mend|deliver|sort|take care|make (?:it|this|that|things) (?:right
            |up)|make up for|arrange|organi[sz]e|correct|remove|pay|book|reserve|redo|cancel|adjust|collect|pick up)""",
    },
    "de": {
        "refund": r"""
            WE <2> (?:rUEck)?erstatten?
            (?:erstatten?|UEberweisen?) WE
            und (?:erstatten?|UEberweisen?)(?! sie\b)
            WE (?:UEberweisen?|zahlen?|geben?|buchen?|schreiben?) <7> (?:BACK|gut|geld|betrag|kaufpreis)
            (?:zahlen?|geben?|buchen?|schreiben?) WE <7> (?:BACK|gut)
            WILL <7> (?:(?:BACK|rUEck)?erstatten|BACKzahlen|BACKUEberweisen|BACKgeben|BACKbuchen|gutschreiben
            |UEberweisen|ersetzen)
            YOU <6> (?:BACK|(?:BACK)?erstattet|\w*erstattung|UEberwiesen|gutgeschrieben)
            (?:betrag|geld|kaufpreis|kosten|summe|preis) (?:wird|werden) <5> (?:(?:BACK)?erstattet|BACKgezahlt
            |BACKUEberwiesen|UEberwiesen|gutgeschrieben|BACKgebucht)
            (?:wird|werden) (?:ihnen|dir|euch) <4> (?:(?:BACK)?erstattet|BACKgezahlt|UEberwiesen|gutgeschrieben)""",
        "voucher": r"""
            SEND <7> VOUCHER
            (?:WE lassen?|lassen? WE) <6> VOUCHER
            VOUCHER <3> (?:schicken?|sende|senden|geben?|schenken?|mailen?) WE
            WILL <7> VOUCHER
            YOU <5> VOUCHER""",
        "replacement": r"""
            (?:ersatz|neue[nrs]?) <3> (?:schicken?|sende|senden|liefern?|bringen?|backen?) WE
            SEND <6> (?:\w*ersatz\w*|neue[nrs]?|nochmals?|erneut|andere[nrs]?)
            WE (?:tauschen?|ersetzen?)
            (?:tauschen?|ersetzen?) WE
            und (?:tauschen?|ersetzen?)(?! sie\b)
            WILL <6> (?:ersetzen|umtauschen|austauschen|tauschen|nachliefern|nachsenden|\w*ersatz\w*|neu zusenden
            |neue[nrs]?)
            YOU <5> (?:\w*ersatz\w*|neue[nrs]? \w+)""",
        "call": r"""
            WE rufen? <5> (?:an|BACK)
            THEY ruft <5> (?:an|BACK)
            rufen? WE <5> (?:an|BACK)
            und rufen?(?! sie uns| sie mich| uns| mich) <4> (?:an|BACK)
            (?:WE melden?|melden? WE|und melden?) (?:uns|mich) <4> telefonisch
            WILL <5> (?:anrufen|BACKrufen|telefonieren|durchrufen)
            YOU <4> (?:anruf|rUEckruf)""",
        "answer": r"""
            (?:WE melden?|und melden?|melden? WE) (?:uns|mich)
            THEY meldet sich
            (?:melden wir uns|melde ich mich)
            WE (?:antworten?|prUEfen?|klaren?|klaeren?|kUEmmern? (?:uns|mich)|schauen? <3> nach|fragen? <4> nach
            |informieren?|kontaktieren?|geben? <4> bescheid|kUEmmere (?:uns|mich)|halten? <3> laufenden
            |schreiben? (?:ihnen|dir|euch))
            (?:antworten?|prUEfen?|klaren?|klaeren?|kUEmmere?n?|informieren?|kontaktieren?) WE
            (?:geben? WE|und geben?) <4> bescheid
            WILL <6> (?:melden|prUEfen|klaren|klaeren|antworten|kUEmmern|nachfragen|nachschauen|bescheid geben
            |informieren|kontaktieren|schreiben|beantworten)
            YOU <4> (?:antwort|bescheid|rUEckmeldung|nachricht)
            (?:(?:sie|du|ihr) horen|(?:sie|du|ihr) hor(?:st|t)|hor(?:en|st|t) (?:sie|du|ihr)) <4> von (?:uns|mir)""",
        "other": r"""
            (?:ich verspreche|wir versprechen|verspreche ich|versprechen wir|versprochen)
            WE (?:schicken?|senden?|liefern?|liefere|bringen?|reparieren?|korrigieren?|andern?|aendern?|andere
            |aendere|reservieren?|organisieren?|erledigen?|stornieren?|holen?|backen?) (?:ihnen|dir|euch|das|es|sie
            |ihre?n?|deine?n?)
            (?:schicken?|senden?|liefern?|bringen?|reparieren?|korrigieren?|reservieren?|organisieren?|erledigen?
            |stornieren?|holen?) WE (?:ihnen|dir|euch|das|es|sie|ihre?n?|deine?n?)
            (?:WE sorgen?|sorgen? WE) (?:daf|d)\w*
            WILL <6> (?:schicken|zusenden|senden|liefern|bringen|reparieren|korrigieren|andern|aendern|reservieren
            |organisieren|erledigen|stornieren|wiedergutmachen|regeln|beheben|sorgen|abholen)""",
    },
    "fr": {
        "refund": r"""
            WE PROrembours(?:ons|e|erons|erai|era)
            GO <2> PROrembours(?:er)
            (?:vous|te) (?:sera|seront) <2> rembourses?e?s?
            (?:vous serez|tu seras) <2> rembourses?e?s?
            YOU <5> (?:remboursement|virement)
            WE (?:procedons|procederons|procede|procederai|effectuons|effectuerons|effectue|faisons|ferons|lancons
            |lancerons) <4> (?:remboursement|virement)
            GO <1> (?:proceder|effectuer|faire|lancer) <4> (?:remboursement|virement)
            remboursement (?:sera|vous sera|va etre) <2> (?:effectue|fait|traite|verse|credite|vire)""",
        "voucher": r"""
            SEND <7> VOUCHER
            VOUCHER <2> sera (?:envoyee?|adressee?|offerte?)
            YOU <4> VOUCHER""",
        "replacement": r"""
            SEND <6> NEW
            NEW <3> sera (?:envoyee?|expediee?|livree?)
            WE PRO(?:remplac(?:ons|e|erons|erai)|renvo(?:yons|ie)|renverr(?:ons|ai)|echang(?:eons|e|erons|erai))
            GO <1> PRO(?:remplacer|renvoyer|echanger|relivrer)
            YOU <5> NEW""",
        "call": r"""
            WE PRO(?:r?appel(?:ons|le|lerons|lerai|lera)|telephon(?:ons|e|erons|erai))(?! que)
            GO <1> PRO(?:r?appeler|telephoner)
            WE PRO(?:passons|passe|passerons|passerai) un (?:coup de fil|appel|coup de telephone)
            YOU <2> (?:appel|coup de fil)""",
        "answer": r"""
            WE (?:reviens|revenons|revient|reviendrons|reviendrai|reviendra) (?:\w+ )?(?:vers (?:vous|toi)|rapidement)
            GO <1> revenir vers (?:vous|toi)
            WE PRO(?:re)?contact(?:ons|e|erons|erai|era)
            WE PRO(?:tiens|tenons|tient|tiendrons|tiendrai|tiendra) <2> (?:au courant|informee?s?)
            WE PRO(?:reponds|repondons|repondrons|repondrai)
            WE PRO(?:verifi|renseign|regard)(?:ons|e|erons|erai)
            WE (?:me|nous) renseign(?:e|ons|erai|erons)
            WE PRO(?:ecrirons|ecrirai|informons|informerons|informerai|(?:dirons|dirai)(?! a ))
            WE PRO(?:ferons|ferai|faisons|fais|donnerons|donnons|donnerai) <1> (?:un retour|des nouvelles|une reponse
            |savoir)
            GO <2> PRO(?:recontacter|contacter|tenir <2> (?:au courant|informee?s?)|repondre|verifier|renseigner
            |regarder|ecrire|informer)
            YOU <2> (?:reponse|nouvelles|retour)""",
        "other": r"""
            (?:je|nous|on) PRO(?:promets|promettons|promet|engage a|engageons a)
            (?:je m'en|on s'en|nous nous en) occup(?:e|ons|erai|era|erons)
            WE PRO(?:livr|corrig|repar|reserv|arrang|regl)(?:erons|erai|era)
            WE (?:ferons|faisons|fais|ferai|fera|fait) le necessaire
            SEND <2> (?:la|le|les|un|une|votre|ta|ton|vos|du|des)
            GO <2> PRO(?:livrer|corriger|reparer|reserver|arranger|regler|faire le necessaire|occuper|rattraper)""",
    },
    "es": {
        "refund": r"""
            (?:reembols|reintegr)(?:amos|aremos|are|ara)
            YOU(?:reembolso|reintegro)
            (?:devuelvo|devolvemos|devolveremos|devolvere|abonamos|abonaremos|abono|ingresamos
            |ingresaremos) <5> (?:dinero|importe|pago|cantidad|total|compra|cuenta)
            GO (?:reembolsar|devolver|reintegrar|abonar)\w*
            GET <5> (?:reembolso|devolucion|dinero|abono)
            se (?:le|te|les|os) (?:reembolsara|devolvera|abonara|reintegrara)
            (?:haremos|hacemos|hago|hare|tramitamos|tramitaremos|tramito|procesamos|procesaremos|gestionamos
            |gestionaremos|GO (?:hacer|tramitar|procesar|gestionar)\w*) <4> (?:reembolso|devolucion|abono)
            (?:reembolso|devolucion) se (?:hara|realizara|efectuara)""",
        "voucher": r"""
            SEND <6> VOUCHER
            GET <4> VOUCHER""",
        "replacement": r"""
            SEND <5> NEW
            (?:reemplaz|cambi)(?:amos|aremos|are)
            YOU(?:cambio|reemplazo|sustituyo)
            (?:sustituimos|sustituiremos|sustituire|reponemos|repondremos|repondre|reenviamos|reenviaremos|reenviare)
            GO (?:cambiar|reemplazar|sustituir|reponer|reenviar)\w*
            GET <4> NEW""",
        "call": r"""
            (?:YOU|lo |la )(?:llam|telefone)(?:o|amos|aremos|are|ara)
            llamaremos
            GO (?:llamar|telefonear)\w*
            GET <2> llamada""",
        "answer": r"""
            (?:nos pondremos|me pondre|nos ponemos|me pongo) <2> en contacto
            GO (?:ponernos|ponerme) <2> en contacto
            (?:contest|contact|inform|avis|confirm|consult|averigu|investig|revis|comprueb|comprob|mir)(?:aremos|are)
            YOU(?:contest|contact|inform|avis|confirm|respond|escrib)(?:o|amos|emos|imos)
            (?:respond|escrib|volv)(?:eremos|ere|iremos|ire)
            YOU(?:decimos|diremos|digo|dire|contamos|contaremos|cuento)(?! al? )
            (?:mantendremos|mantenemos|mantendre|mantengo) <2> (?:informad[oa]s?|al tanto|al corriente)
            (?:lo )(?:revisamos|reviso|consultamos|consulto|averiguo|averiguamos|comprobamos|compruebo|miramos|miro)
            GO (?:revisar|consultar|averiguar|investigar|comprobar|contestar|responder|avisar|informar|mirar
            |contactar)\w*
            GET <2> (?:noticias|respuesta)""",
        "other": r"""
            (?:prometo|prometemos)
            (?:nos encargamos|nos encargaremos|me encargo|me encargare|nos ocupamos|nos ocuparemos|me ocupo|me ocupare)
            (?:arregl|solucion|repar|entreg|reserv|compens)(?:aremos|are)
            (?:corregiremos|corregire|resolveremos|resolvere)
            (?:lo|la|los|las|se lo|te lo) (?:arreglamos|solucionamos|corregimos|arreglo|soluciono)
            YOU(?:envi|mand|llev|reserv|entreg)(?:amos|aremos|are|o)
            (?:envi|mand|llev)(?:aremos|are)
            GO (?:arreglar|solucionar|corregir|reparar|enviar|entregar|reservar|compensar|resolver|mandar|llevar)\w*""",
    },
    "pt": {
        "refund": r"""
            (?:reembols|estorn)(?:amos|aremos|arei)ME
            YOU (?:reembolso|estorno)
            (?:devolvemos|devolveremos|devolverei|restituimos|restituiremos|ressarcimos|ressarciremos)ME
            GO <1> (?:reembolsar|devolver|estornar|restituir|ressarcir)ME
            (?:faremos|fazemos|farei|processamos|processaremos|GO (?:fazer|processar|efetuar|efectuar)
            |efetuaremos) <4> (?:reembolso|estorno|devolucao)
            (?:reembolso|estorno|devolucao) sera (?:feit|processad|efetuad|efectuad)[oa]
            (?:sera|seras|serao) <1> (?:reembolsad|estornad|devolvid|creditad)[oa]s?
            GET <4> (?:reembolso|estorno|dinheiro)""",
        "voucher": r"""
            SEND <6> VOUCHER
            GET <4> VOUCHER""",
        "replacement": r"""
            SEND <5> NEW
            (?:trocamos|trocaremos|trocarei|substituimos|substituiremos|substituirei|reenviamos|reenviaremos
            |reenviarei|reporemos|repomos)ME
            GO <1> (?:trocar|substituir|reenviar|repor)ME
            GET <4> NEW""",
        "call": r"""
            (?:lig|telefon)(?:aremos|arei)ME
            (?:ligamos|telefonamos|ligo|telefono|telefono)-(?:lhes?|te|vos)
            YOU (?:ligamos|ligo|telefonamos|telefono|ligaremos)
            (?:ligamos|ligo|telefonamos) (?:para (?:voce|si|ti|o senhor|a senhora)|amanha|hoje|de volta)
            GO <1> (?:ligar|telefonar)ME
            (?:entraremos|entrarei|entramos) em contac?to por telefone
            GET <2> (?:ligacao|telefonema|chamada)""",
        "answer": r"""
            (?:entraremos|entrarei|entramos|entro|GO entrar) em contac?to
            (?:retornaremos|retornarei|retornamos)
            (?:daremos|darei|dou|damos|GO (?:\w+ )?dar)ME <1> (?:retorno|resposta|noticias)
            (?:respond|dir)(?:eremos|erei|emos|ei)ME
            (?:avis|inform|verific|averigu|contact|contat|confirm)(?:aremos|arei)ME
            YOU (?:aviso|avisamos|informo|informamos|digo|dizemos|respondo|respondemos|contacto|contactamos)
            (?:aviso|avisamos|respondo|informo|digo|dizemos|informamos|contactamos)-(?:lhes?|te|vos|o|a)
            (?:manteremos|manterei|mantemos|GO manter)ME <2> (?:informad[oa]s?|a par|atualizad[oa]s?)
            (?:e|ja) (?:respondo|aviso|informo)
            GO <1> (?:ver o que|verificar|averiguar|apurar|checar|conferir|responder|avisar|informar|contactar|contatar
            |consultar|confirmar)ME
            GET <2> (?:noticias|resposta|retorno)""",
        "other": r"""
            (?:prometo|prometemos)ME
            (?:cuidaremos|trataremos|tratamos|resolveremos|resolverei|corrigiremos|entregaremos|reservaremos
            |consertaremos|compensaremos|arranjaremos)ME
            (?:enviaremos|enviarei|mandaremos|mandarei)ME
            YOU (?:enviamos|envio|mandamos|mando)
            (?:enviamos|envio|mandamos)-(?:lhes?|te|vos)
            GO <1> (?:cuidar|tratar|resolver|corrigir|entregar|reservar|consertar|arranjar|enviar|mandar
            |compensar)ME""",
    },
    "it": {
        "refund": r"""
            rimbors(?:iamo|eremo|ero|era)
            YOUrimborso
            (?:le|ti|vi) arriv(?:a|era) <3> (?:rimborso|bonifico|accredito)
            (?:provvederemo|provvediamo|procederemo|procediamo|procedero) <3> rimbors\w+
            GET <4> (?:rimborso|soldi|denaro|accredito)
            (?:faremo|facciamo|faro|effettueremo|effettuiamo|disporremo|emetteremo|emettiamo) <3> (?:rimborso|storno
            |accredito|bonifico)
            (?:restitui(?:amo|remo|ro)|ridaremo|ridiamo) <4> (?:soldi|denaro|importo|somma|cifra)
            (?:verra|verrai|sara|sarai|verrete) <2> (?:rimborsat[oaie]|riaccreditat[oaie]|accreditat[oaie]
            |restituit[oaie])""",
        "voucher": r"""
            SEND <5> VOUCHER
            GET <4> VOUCHER""",
        "replacement": r"""
            SEND <4> NEW
            (?:sostitui(?:amo|remo|ro|sco)|rispedi(?:amo|remo|ro)|rimandiamo|rimanderemo|reinvi(?:amo|eremo|ero))
            YOU(?:cambi(?:amo|eremo|ero))
            GET <4> NEW""",
        "call": r"""
            YOU(?:ri)?(?:chiam|telefon)(?:o|iamo|eremo|ero|era)
            (?:ri)?(?:chiam|telefon)(?:eremo|ero)
            GET <2> (?:chiamata|telefonata)""",
        "answer": r"""
            (?:ri)?contatt(?:iamo|eremo|ero|era)
            YOU(?:ri)?contatto
            (?:faremo|facciamo|faro|faccio) sapere
            (?:rispond|scriv)(?:eremo|ero)
            YOU(?:rispond|scriv|dic|aggiorn)(?:iamo|o)
            (?:aggiorn|inform)(?:eremo|ero)
            (?:diremo|diro)(?! a)
            (?:(?:verific|controll)(?:hiamo|heremo|hero|eremo|ero)|(?:lo |la )?(?:verifico|controllo
            |controlliamo) (?:subito|e|io))
            (?:terremo|teniamo|terro|tengo) <2> (?:aggiornat[oaie]|informat[oaie]|al corrente)
            (?:ci informiamo|mi informo|ci informeremo)
            (?:daremo|daro|diamo) <2> (?:riscontro|risposta|notizie)
            GET <3> (?:risposta|notizie|riscontro)""",
        "other": r"""
            (?:prometto|promettiamo)
            (?:ce ne occup(?:iamo|eremo)|me ne occup(?:o|ero)|ci pens(?:iamo|eremo)|ci penso io|ci pensero)
            (?:sistem|risolv|ripar|consegn|prenot)(?:eremo|ero)
            (?:correggeremo|provvederemo|rimedieremo|rimediamo|rimediero)
            (?:lo|la|li|le) (?:sistemiamo|risolviamo|sistemo|risolvo)
            YOU(?:invi|mand|spedi|port)(?:amo|iamo|eremo|remo|ero|o)
            (?:invi|mand|port)(?:eremo|ero)
            spediremo""",
    },
}
