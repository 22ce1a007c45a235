import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignatureMethod;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Signs and verifies many files with the JDK's own XMLDSig (javax.xml.crypto) in one virtual machine.
 *
 * Arguments: a file with one job a line, its fields separated by tabs.
 *   verify FILE ALGORITHM PUBLIC_KEY
 *   sign FILE ALGORITHM PRIVATE_KEY PUBLIC_KEY OUTPUT SIGNATURE_URI DIGEST_URI C14N_URI PREFIX PLACE CERTIFICATE
 * ALGORITHM is RSA or EC, keys and certificate are DER in base64 (certificate: - for none), PREFIX is - for none,
 * PLACE is first or last. Answers one line a job: ok, or what was wrong, then a tab and the milliseconds it took.
 */
public final class JdkPeer {
    private static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    public static void main(String[] args) throws Exception {
        StringBuilder answers = new StringBuilder();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] job = line.split("\t", -1);
            long start = System.nanoTime();
            String answer;
            try {
                if (job[0].equals("verify")) answer = verify(job);
                else answer = sign(job);
            } catch (Exception error) {
                answer = (error.getClass().getSimpleName() + ": " + error.getMessage()).replaceAll("\\s+", " ");
            }
            answers.append(answer).append('\t').append((System.nanoTime() - start) / 1e6).append('\n');
        }
        System.out.print(answers);
    }

    private static String verify(String[] job) throws Exception {
        Document document = parse(job[1]);
        NodeList signatures = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        if (signatures.getLength() != 1) return "signatures: " + signatures.getLength();
        PublicKey key = KeyFactory.getInstance(job[2]).generatePublic(new X509EncodedKeySpec(base64(job[3])));
        DOMValidateContext context = new DOMValidateContext(key, signatures.item(0));
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
        XMLSignature signature = FACTORY.unmarshalXMLSignature(context);
        if (signature.validate(context)) return "ok";
        Reference reference = signature.getSignedInfo().getReferences().get(0);
        return "signature value " + signature.getSignatureValue().validate(context)
            + ", digest " + reference.validate(context);
    }

    private static String sign(String[] job) throws Exception {
        Document document = parse(job[1]);
        PrivateKey key = KeyFactory.getInstance(job[2]).generatePrivate(new PKCS8EncodedKeySpec(base64(job[3])));
        List<Transform> transforms = List.of(
            FACTORY.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
            FACTORY.newTransform(job[8], (TransformParameterSpec) null));
        Reference reference =
            FACTORY.newReference("", FACTORY.newDigestMethod(job[7], null), transforms, null, null);
        CanonicalizationMethod canonicalization =
            FACTORY.newCanonicalizationMethod(job[8], (C14NMethodParameterSpec) null);
        SignatureMethod method = FACTORY.newSignatureMethod(job[6], null);
        SignedInfo signedInfo = FACTORY.newSignedInfo(canonicalization, method, List.of(reference));
        Node root = document.getDocumentElement();
        DOMSignContext context = job[10].equals("first") && root.getFirstChild() != null
            ? new DOMSignContext(key, root, root.getFirstChild())
            : new DOMSignContext(key, root);
        if (!job[9].equals("-")) context.setDefaultNamespacePrefix(job[9]);
        FACTORY.newXMLSignature(signedInfo, keyInfo(job)).sign(context);
        try (OutputStream out = Files.newOutputStream(Path.of(job[5]))) {
            TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(out));
        }
        return "ok";
    }

    private static KeyInfo keyInfo(String[] job) throws Exception {
        KeyInfoFactory factory = FACTORY.getKeyInfoFactory();
        if (job[11].equals("-")) {
            PublicKey key = KeyFactory.getInstance(job[2]).generatePublic(new X509EncodedKeySpec(base64(job[4])));
            return factory.newKeyInfo(List.of(factory.newKeyValue(key)));
        }
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(base64(job[11])));
        return factory.newKeyInfo(List.of(factory.newX509Data(List.of(certificate))));
    }

    private static Document parse(String path) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(path);
    }

    private static byte[] base64(String text) {
        return Base64.getDecoder().decode(text);
    }
}
