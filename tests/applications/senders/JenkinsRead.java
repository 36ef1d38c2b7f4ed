import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.text.StringSubstitutor;
import org.apache.commons.text.lookup.StringLookup;
import org.yaml.snakeyaml.Yaml;

/**
 * The texts of a file of Jenkins' Configuration as Code, by their ways, with its variables expanded.
 *
 * The substitutors are set as SecretSourceResolver.java of configuration-as-code-plugin at 02fadb3 sets them. Each line on
 * standard input is a request, `read FILE`, and gets one line of JSON.
 */
public class JenkinsRead {
    public static void main(String[] arguments) throws Exception {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String request; (request = requests.readLine()) != null; ) {
            Map<String, String> values = new TreeMap<>();
            try {
                flatten("", new Yaml().load(Files.readString(Paths.get(request.split("\t")[1]))), values);
            } catch (Exception error) {
                values.put("failed", String.valueOf(error));
            }
            System.out.println(Json.text(values));
        }
    }

    static void flatten(String way, Object part, Map<String, String> values) {
        if (part instanceof Map) {
            ((Map<?, ?>) part).forEach((key, below) -> flatten(way.isEmpty() ? "" + key : way + "." + key, below, values));
        } else {
            values.put(way, resolved(String.valueOf(part)));
        }
    }

    static String resolved(String text) {
        StringLookup files = key -> {
            try {
                return key.startsWith("readFile:") ? Files.readString(Paths.get(key.substring(9))) : null;
            } catch (java.io.IOException error) {
                return null;
            }
        };
        return substitutor(key -> "").replace(
                substitutor(files).setEnableSubstitutionInVariables(true).setPreserveEscapes(true).replace(text));
    }

    static StringSubstitutor substitutor(StringLookup lookup) {
        return new StringSubstitutor(lookup).setEscapeChar('^').setVariablePrefix("${").setVariableSuffix("}");
    }
}
